import pytest

from leadkeeper.storage.email_addresses import cleaned_email, same_mailbox, spellings


@pytest.mark.parametrize("char", ["\u200b", "\u200c", "\u200e", "\u202e", "\u2066", "\u00ad", "\u2060", "\ufeff"])
@pytest.mark.parametrize(
    "place", ["{}ana@example.com", "an{}a@example.com", "ana{}@exam{}ple.com", "ana@example.com{}"]
)
def test_what_nobody_sees_is_no_part_of_an_address(char: str, place: str) -> None:
    assert cleaned_email(f" {place.replace('{}', char)}\n") == "ana@example.com"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@Example.COM", "ana@example.com"),
        ("z@münchen.example", "z@xn--mnchen-3ya.example"),
        ("Z@MÜNCHEN.example", "z@XN--MNCHEN-3YA.EXAMPLE"),
        ("z@mu\u0308nchen.example", "z@münchen.example"),
        ("z@例え.テスト", "z@xn--r8jz45g.xn--zckzah"),
        ("z@ｅｘａｍｐｌｅ.com", "z@example.com"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("STRASSE@example.com", "straße@example.com"),
    ],
)
def test_one_mailbox_in_two_forms(one: str, other: str) -> None:
    assert same_mailbox(one) == same_mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@example.com", "anna@example.com"),
        ("josé@example.com", "jose@example.com"),
        # Two domains, which may belong to two people.
        ("z@straße.example", "z@strasse.example"),
        ("z@münchen.example", "z@munchen.example"),
    ],
)
def test_two_mailboxes(one: str, other: str) -> None:
    assert same_mailbox(one) != same_mailbox(other)


@pytest.mark.parametrize(
    "email", ["", "ana", "a@b@c", "@", "a@-.ü", "a@xn--0.com", "a@" + "ü" * 250, "a@..", "a@\u0301ü.com"]
)
def test_what_is_no_address_is_no_mistake_of_ours(email: str) -> None:
    assert same_mailbox(email) == same_mailbox(email.upper()).casefold()
    assert spellings(email)[0] == email


def test_both_forms_of_a_domain() -> None:
    forms = {"z@münchen.example", "z@xn--mnchen-3ya.example"}
    assert all(set(spellings(form)) == forms for form in forms)
    assert spellings("ana@example.com") == ("ana@example.com",)
