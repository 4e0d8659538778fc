"""The door, answer by answer as the contract has it."""

import pytest
from django.db import OperationalError, connection

from leadkeeper.directory.deliveries import receive as inbox
from leadkeeper.directory.models import Delivery
from leadkeeper.team.models import Membership, User
from tests.clerk.door import deliver, event, post, signed

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes():
    return dict(Delivery.objects.values_list("message_id", "outcome"))


class TestVerified:
    @pytest.mark.parametrize("family", ["svix", "webhook"])
    def test_is_204_and_the_next_read_shows_it(self, family):
        body = event(first_name="Lucas", last_name="Prado", public_metadata={"role": "sdr"})
        [(status, headers, answer)] = post((body, signed(body, family=family)))
        assert (status, answer) == (204, b"")
        assert b"set-cookie" not in headers
        assert Membership.objects.select_related("user").get().user.name == "Lucas Prado"

    def test_a_repeat_only_counts(self):
        body = event(first_name="Ana")
        headers = signed(body)
        assert [post((body, headers))[0][0] for _ in range(3)] == [204] * 3
        delivery = Delivery.objects.get()
        assert (delivery.outcome, delivery.repeats) == ("applied", 2)

    def test_the_same_message_twice_at_once_is_one_row(self):
        body = event(first_name="Ana")
        headers = signed(body)
        assert {status for status, _, _ in post(*[(body, headers)] * 10)} == {204}
        assert Delivery.objects.get().repeats == 9

    def test_stale_ignored_and_deleted_are_204_with_their_outcome(self):
        new, old = event(updated_at=2_000_000_000_000), event("user.updated", updated_at=1_000_000_000_000)
        other = b'{"type":"session.created","data":{}}'
        for id_, body in (("new", new), ("old", old), ("other", other), ("gone", event("user.deleted"))):
            assert post((body, signed(body, id_)))[0][0] == 204
        assert outcomes() == {"new": "applied", "old": "stale", "other": "ignored", "gone": "applied"}
        assert not User.objects.get().is_active

    def test_nonsense_is_204_and_kept_as_failed(self):
        bodies = [b"{", b"[]", b'{"type":"user.created","data":{}}']
        assert deliver(*bodies) == [204] * 3
        assert list(Delivery.objects.values_list("outcome", flat=True)) == ["failed"] * 3
        assert all(Delivery.objects.values_list("reason", flat=True))

    def test_a_repeat_of_a_failed_one_is_tried_again(self, monkeypatch):
        body = event(first_name="Ana")
        headers = signed(body, "msg_1")
        with monkeypatch.context() as patch:
            patch.setattr(inbox, "apply", _explode_on_changes)
            assert post((body, headers))[0][0] == 204
        assert outcomes() == {"msg_1": "failed"}
        assert post((body, headers))[0][0] == 204
        assert outcomes() == {"msg_1": "applied"}
        assert User.objects.count() == 1

    def test_a_poisonous_one_harms_none_of_those_committed_with_it(self, monkeypatch):
        real = inbox.apply

        def poisoned(changes, **kwargs):
            if any(change.clerk_id == "user_poison" for change in changes):
                raise ZeroDivisionError
            return real(changes, **kwargs)

        monkeypatch.setattr(inbox, "apply", poisoned)
        assert deliver(*(event(id_=id_) for id_ in ("user_a", "user_poison", "user_b"))) == [204] * 3
        assert set(User.objects.values_list("clerk_id", flat=True)) == {"user_a", "user_b"}
        assert sorted(Delivery.objects.values_list("outcome", flat=True)) == ["applied", "applied", "failed"]


def _explode_on_changes(changes, **kwargs):
    if changes:
        raise ZeroDivisionError
    return []


class TestRefused:
    def test_unsigned_forged_expired_and_mangled_are_400_with_an_empty_body_and_leave_nothing(self):
        body = event()
        other_secret = "whsec_YW5vdGhlciBzZWNyZXQ="
        hostile = [(b"svix-id", b"\xff\x00"), (b"svix-timestamp", b"9" * 400), (b"svix-signature", b"v1,\xe9 ,,")]
        requests = [
            (body, []),
            (body, signed(body, secret=other_secret)),
            (body, signed(body, at=1_600_000_000)),
            (body + b" ", signed(body)),
            (body, hostile),
            (b"\xff" * 100, signed(b"")),
        ]
        for status, headers, answer in post(*requests):
            assert (status, answer) == (400, b"")
            assert b"location" not in headers
        assert not Delivery.objects.exists()
        assert not User.objects.exists()

    def test_without_a_secret_it_is_503(self, settings):
        body = event()
        headers = signed(body)
        settings.CLERK_WEBHOOK_SECRETS = ()
        assert post((body, headers))[0][0] == 503
        assert not Delivery.objects.exists()

    def test_other_methods_are_405(self):
        [(status, headers, _)] = post((b"", []), method="GET")
        assert (status, headers[b"allow"]) == (405, b"POST")

    def test_a_database_that_is_away_is_503_and_the_same_message_is_taken_afterwards(self, monkeypatch):
        body = event(first_name="Ana")
        headers = signed(body)

        def away(messages):
            raise OperationalError("connection refused")

        with monkeypatch.context() as patch:
            patch.setattr("leadkeeper.clerk.commit_groups.receive", away)
            assert post((body, headers))[0][0] == 503
        assert not Delivery.objects.exists()
        assert post((body, headers))[0][0] == 204
        assert User.objects.count() == 1


class TestHostileButSigned:
    @pytest.mark.parametrize(
        "field",
        [
            '"first_name":"A\\u0000na"',
            '"last_name":"\\ud800"',
            '"image_url":"https://' + "x" * 10_000 + '"',
            '"first_name":"' + "x" * 100_000 + '"',
            '"public_metadata":{"x":' + "9" * 5000 + "}",
            '"public_metadata":' + "[" * 900 + "]" * 900,
            '"email_addresses":[null,5,{}],"primary_email_address_id":{}',
            '"username":"\'; DROP TABLE team_user; --"',
        ],
    )
    def test_the_person_is_there_all_the_same(self, field):
        body = '{"type":"user.created","data":{"id":"user_a","updated_at":1,' + field + "}}"
        assert deliver(body.encode()) == [204]
        assert Delivery.objects.get().outcome == "applied", Delivery.objects.get().reason
        assert User.objects.get().clerk_id == "user_a"

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 200_000,
            b'{"type":"user.updated","data":{"id":"' + b"x" * 9000 + b'"}}',
            b'{"type":"user.updated","data":{"id":"\\u0000"}}',
            b'{"type":"user.updated","data":{"id":"user_a","updated_at":' + b"9" * 30 + b"}}",
            b'{"type":"user.updated","timestamp":"soon","data":{"id":"user_a"}}',
            b'{"type":{"x":"user.updated"},"data":{"id":"user_a"}}',
            '{"type":"user.updated","data":{"id":"usér"}}'.encode(),
        ],
    )
    def test_what_makes_no_sense_is_kept_without_a_5xx(self, body):
        assert deliver(body) == [204]
        assert Delivery.objects.get().outcome in ("failed", "ignored")


class TestTwoProcesses:
    def test_a_message_that_another_process_keeps_meanwhile_counts_as_a_repeat(self, monkeypatch):
        body = event(first_name="Ana")
        headers = signed(body, "msg_1")
        monkeypatch.setattr(inbox, "_ask_for_settled", lambda ids: list)  # as if neither had seen the other's row
        assert [post((body, headers))[0][0] for _ in range(2)] == [204, 204]
        assert Delivery.objects.get().repeats == 1
        assert User.objects.count() == 1


def test_the_connection_is_not_left_in_a_transaction():
    deliver(event(first_name="Ana"))
    assert not connection.in_atomic_block
