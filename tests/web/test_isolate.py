import pytest

from leadkeeper.web.isolate import isolated


@pytest.mark.parametrize("name", ["Ana Souza", "Łukasz", "名", "🙂", ""])
def test_a_name_from_left_to_right_stays_as_it_is(name: str) -> None:
    assert isolated(name) == name


@pytest.mark.parametrize("name", ["محمد", "Ana שלום", "דוד 3"])
def test_a_name_with_letters_from_right_to_left_is_isolated(name: str) -> None:
    assert isolated(name) == f"\u2068{name}\u2069"
