"""Clerk's words into changes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadkeeper.clerk import translate
from leadkeeper.clerk.deliveries import read_message
from leadkeeper.clerk.translate import NoSense
from leadkeeper.directory.models import Delivery
from leadkeeper.directory.people.change import Deleted, Origin, Record, Stated
from leadkeeper.team.roles import Role

SAMPLES = Path(__file__).parent / "samples"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=6,
)


EMAIL = {"primary_email_address_id": "i", "email_addresses": [{"id": "i", "email_address": "bia@x.com"}]}
PHONE = {
    "primary_phone_number_id": "p",
    "phone_numbers": [
        {"id": "other", "phone_number": "+5511900000000"},
        {"id": "p", "object": "phone_number", "phone_number": "+5511987654321"},
    ],
}


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def person(**changes):
    data = {"id": "user_a", "updated_at": 1763021412363, **changes}
    return translate.person(data, event_at=0, origin=Origin.WEBHOOK)


class TestPerson:
    def test_the_whole_sample(self):
        event = sample("user.updated")
        stated = translate.person(event["data"], event_at=event["timestamp"], origin=Origin.WEBHOOK)
        assert stated.record.name == "Priya Shah"
        assert stated.record.email == "priya.shah@brightlinefunnels.com", "the primary one, not the first"
        assert (stated.record.role, stated.record.unknown_role) == (None, "sales_manager")
        assert stated.updated_at == 1763547208114

    def test_only_the_id_is_required(self):
        assert translate.person({"id": "user_a"}, event_at=0, origin=Origin.SWEEP).record == Record(name="user_a")

    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({"first_name": "João", "last_name": None, "username": "jo"}, "João"),
            ({"first_name": " ", "last_name": None, "username": "jo"}, "jo"),
            (
                {
                    "primary_email_address_id": "i",
                    "email_addresses": [{"id": "i", "email_address": "bia@x.com"}],
                },
                "bia",
            ),
            ({"first_name": "N" * 300}, "N" * 255),
            (PHONE, "+5511987654321"),
            (PHONE | {"username": "jo"}, "jo"),
            (PHONE | EMAIL, "bia"),
            (PHONE | EMAIL | {"email_addresses": [{"id": "i", "email_address": "@x.com"}]}, "+5511987654321"),
            (PHONE | {"primary_phone_number_id": None}, "user_a"),
            (PHONE | {"phone_numbers": [None, 5, {}, {"id": "p", "phone_number": 5}]}, "user_a"),
            ({"phone_numbers": {}, "primary_phone_number_id": {}}, "user_a"),
        ],
    )
    def test_names_fall_back(self, fields, name):
        assert person(**fields).record.name == name

    @pytest.mark.parametrize("nothing", ["\u200b", "\u3164", "\u202e", "\u2800\u00a0", "\u0301", "\ufe0f"])
    def test_a_name_with_nothing_to_see_is_no_name(self, nothing):
        blank = {"first_name": nothing, "last_name": nothing}
        assert person(**blank, username="jo").record.name == "jo"
        assert person(**blank, username=nothing, **EMAIL).record.name == "bia"
        assert person(**blank, **PHONE).record.name == "+5511987654321"
        assert person(**blank).record.name == "user_a"

    def test_a_name_shows_as_nobody_elses(self):
        assert person(first_name="A\u202ena", last_name="\u200fSou\u00adza\u2066").record.name == "Ana Souza"
        assert person(first_name="نجمه\u200cسادات").record.name == "نجمه\u200cسادات"

    def test_an_e_mail_is_what_one_sees_of_it(self):
        address = {"id": "i", "email_address": " bia\u200b@x\ufeff.com\u200e"}
        assert person(**EMAIL | {"email_addresses": [address]}).record.email == "bia@x.com"

    @pytest.mark.parametrize("off", ["banned", "deprovisioned"])
    def test_off_is_said_in_two_ways(self, off):
        assert person(**{off: True}).record.suspended

    def test_a_picture_that_clerk_only_drew_is_none(self):
        url = "https://img.clerk.com/x"
        assert person(image_url=url, has_image=True).record.avatar_url == url
        assert person(image_url=url, has_image=False).record.avatar_url == ""
        assert person(image_url="http://plain.example/x").record.avatar_url == ""

    def test_locked_is_not_off(self):
        assert not person(locked=True).record.suspended

    def test_the_role_is_the_applications_never_the_users_own(self):
        assert person(public_metadata={"role": "sdr"}, unsafe_metadata={"role": "owner"}).record.role is Role.SDR
        assert person(unsafe_metadata={"role": "owner"}).record.role is None

    @pytest.mark.parametrize(
        ("stated", "words"),
        [
            ("Admin", "Admin"),
            ("sales_manager", "sales_manager"),
            ("Gerente de vendas", "Gerente de vendas"),
            (" admin", '" admin"'),
            ("admin\u200b", '"admin\\u200b"'),
            ("\u202enimda", '"\\u202enimda"'),
            ("admin\u3164", '"admin\\u3164"'),
            (["admin"], '["admin"]'),
            ({"name": "admin"}, '{"name": "admin"}'),
            (7, "7"),
            (True, "true"),
            (False, "false"),
            ("x" * 64, "x" * 64),
            ("x" * 5000, "x" * 63 + "…"),
            ([["x"] * 5000], '[["x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x", "…'),
        ],
    )
    def test_a_role_that_nobody_knows_is_told_in_words(self, stated, words):
        record = person(public_metadata={"role": stated}).record
        assert (record.role, record.unknown_role) == (None, words)

    @pytest.mark.parametrize("metadata", [{}, {"role": None}, {"role": ""}, None, [], {"role": "sdr"}])
    def test_none_and_known_ones_are_not(self, metadata):
        assert person(public_metadata=metadata).record.unknown_role is None

    @pytest.mark.parametrize(("given", "ms"), [(1763021412, 1763021412000), (1763021412363, 1763021412363)])
    def test_times_below_1e11_are_seconds(self, given, ms):
        assert person(updated_at=given).updated_at == ms

    @pytest.mark.parametrize("id_", [None, "", 5, "x" * 256, "user\n", ["a"]])
    def test_an_odd_id_makes_no_sense(self, id_):
        with pytest.raises(NoSense, match="id"):
            person(id=id_)

    @pytest.mark.parametrize("at", ["soon", -1, 10**15, True, [1]])
    def test_an_odd_time_makes_no_sense(self, at):
        with pytest.raises(NoSense, match="updated_at"):
            person(updated_at=at)


class TestReadMessage:
    def test_a_sample_of_each_handled_type(self):
        for name, kind in (
            ("user.created", Stated),
            ("user.updated.banned", Stated),
            ("user.created.no-email", Stated),
            ("user.deleted.minimal", Deleted),
        ):
            message = read_message("msg_1", json.dumps(sample(name)).encode())
            assert isinstance(message.change, kind), name

    def test_nothing_private_is_kept(self):
        payload = read_message("msg_1", (SAMPLES / "user.updated.json").read_bytes()).payload
        assert "hris_id" not in payload
        assert "private_metadata" not in payload
        assert "unsafe_metadata" not in payload
        assert "public_metadata" in payload

    def test_of_a_code_by_mail_only_its_coming_is_kept(self):
        body = json.dumps({"type": "email.created", "data": {"otp_code": "424242", "body": "Your code"}})
        message = read_message("msg_1", body.encode())
        assert message.outcome == Delivery.Outcome.IGNORED
        assert "424242" not in message.payload
        assert "Your code" not in message.payload

    def test_another_instance_is_ignored(self, settings):
        settings.CLERK_INSTANCE_ID = "ins_ours"
        message = read_message("msg_1", json.dumps(sample("user.created")).encode())
        assert (message.outcome, message.change) == (Delivery.Outcome.IGNORED, None)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"\xff\xfe",
            b"{",
            b"[" * 200_000,
            b'{"type":"user.created"}',
            b'{"type":"user.created","data":{"id":"user_a","updated_at":NaN1}}',
            b'{"type":"user.created","data":{"id":"user_a","updated_at":NaN}}',
            b'{"type":"user.created","data":{"id":"user_a","updated_at":' + b"9" * 30 + b"}}",
            b'{"type":"user.deleted","data":{"id":"user_vic\\u0000tim","deleted":true}}',
            b'{"type":"user.deleted","data":{"id":"user_\\ud800","deleted":true}}',
            b'{"type":"user.deleted","data":{"\\u0000id":"user_victim","deleted":true}}',
            b'{"type":"user.updated","data":{"id":"' + b"x" * 9000 + b'"}}',
            b'{"type":"user.deleted","data":{"deleted":true}}',
            b'{"type":"user.created","data":[]}',
        ],
    )
    def test_nonsense_is_kept_as_failed_with_a_reason(self, body):
        message = read_message("msg_1", body)
        assert message.outcome == Delivery.Outcome.FAILED
        assert message.reason

    @pytest.mark.parametrize(
        "field",
        [
            '"first_name":"A\\u0000na"',
            '"first_name":"A\\ud800na"',
            '"public_metadata":{"x":' + "9" * 5000 + "}",
            '"public_metadata":{"x":99999999999999999999999}',
            '"public_metadata":{"x":NaN}',
            '"public_metadata":' + "[" * 900 + "]" * 900,
            '"public_metadata":' + "[" * 5000 + "]" * 5000,
        ],
    )
    def test_hostile_fields_do_not_keep_the_person_out(self, field):
        body = '{"type":"user.created","data":{"id":"user_a","updated_at":1,' + field + "}}"
        message = read_message("msg_1", body.encode())
        assert isinstance(message.change, Stated), message.reason
        message.payload.encode()

    @given(st.dictionaries(st.sampled_from(["type", "data", "timestamp", "instance_id", "x"]), values))
    def test_whatever_it_holds_there_is_a_message_that_can_be_stored(self, envelope):
        message = read_message("msg_1", json.dumps(envelope).encode())
        assert "\0" not in message.payload
        message.payload.encode()
