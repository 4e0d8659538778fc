"""Every change is sent, signed as Svix signs, and again until it is taken."""

from __future__ import annotations

import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from sandbox import NewPerson, Sandbox
from sandbox.webhooks import PAUSES, sign
from tests.sandbox.conftest import Delivery, Endpoint


def verified(secret: str, delivery: Delivery) -> dict:
    """The event, once the reference implementation has accepted the signature."""
    names = ("id", "timestamp", "signature")
    headers = {f"webhook-{name}": delivery.headers[f"svix-{name}"] for name in names}
    event = Webhook(secret).verify(delivery.body, headers)
    assert isinstance(event, dict)
    return event


def quiet(sandbox: Sandbox) -> None:
    assert sandbox.webhooks.wait_until_quiet(5)


class TestAnnouncing:
    def test_everything_that_happens(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        person = sandbox.people.add(NewPerson("Lucas", "Prado", role="sdr"))
        edited = sandbox.people.edit(person["id"], {"last_name": "Prates", "fields": {"external_id": "crm_7"}})
        sandbox.people.ban(person["id"])
        off = sandbox.people.deprovision(person["id"])
        sandbox.people.delete(person["id"])
        quiet(sandbox)

        events = [verified(sandbox.webhook_secret, delivery) for delivery in endpoint.received]
        assert [event["type"] for event in events] == ["user.created", *["user.updated"] * 3, "user.deleted"]
        assert events[0]["data"] == person
        assert events[1]["data"] == edited
        assert events[3]["data"] == off
        assert events[4]["data"] == {
            "deleted": True,
            "id": person["id"],
            "object": "user",
            "external_id": "crm_7",
        }
        for event in events:
            assert set(event) == {"data", "object", "type", "timestamp", "instance_id", "event_attributes"}
            assert event["object"] == "event"
            assert event["instance_id"] == sandbox.instance_id
            assert set(event["event_attributes"]["http_request"]) == {"client_ip", "user_agent"}
        times = [event["timestamp"] for event in events]
        assert times == sorted(set(times))
        assert all(event["timestamp"] > event["data"].get("updated_at", 0) for event in events)

    def test_many_people_silently_unless_asked(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        sandbox.people.add_many([NewPerson("A"), NewPerson("B")])
        sandbox.people.add_many([NewPerson("C"), NewPerson("D")], announce=True)
        quiet(sandbox)
        names = [json.loads(delivery.body)["data"]["first_name"] for delivery in endpoint.received]
        assert names == ["C", "D"]


class TestSigning:
    def test_as_the_reference_does(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        sandbox.people.add(NewPerson("Ação"))
        quiet(sandbox)
        delivery = endpoint.received[0]
        assert delivery.headers["content-type"] == "application/json"
        assert delivery.headers["svix-id"].startswith("msg_")
        assert abs(int(delivery.headers["svix-timestamp"]) - time.time()) < 5
        verified(sandbox.webhook_secret, delivery)
        with pytest.raises(WebhookVerificationError):
            verified("whsec_" + "A" * 32, delivery)

    def test_as_a_recorded_message(self) -> None:
        """Checked once with the reference implementation, so that both cannot drift together."""
        body = b'{"test": 2432232314}'
        given = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_with_the_old_secret_too_during_a_rotation(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        old = sandbox.webhook_secret
        new = sandbox.rotate_webhook_secret()
        sandbox.people.add(NewPerson("During"))
        quiet(sandbox)
        sandbox.end_rotation()
        sandbox.people.add(NewPerson("After"))
        quiet(sandbox)
        during, after = endpoint.received
        assert old != new == sandbox.webhook_secret
        assert verified(old, during) == verified(new, during)
        assert verified(new, after)
        with pytest.raises(WebhookVerificationError):
            verified(old, after)


class TestRetrying:
    def test_until_it_is_taken_with_the_same_id_and_body(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        endpoint.answers = [503, 302, 204]
        sandbox.people.add(NewPerson("Lucas"))
        quiet(sandbox)
        assert len(endpoint.received) == 3
        assert len({delivery.headers["svix-id"] for delivery in endpoint.received}) == 1
        assert len({delivery.body for delivery in endpoint.received}) == 1
        message = sandbox.webhooks.messages()[0]
        assert message.state == "delivered"
        assert [attempt.status for attempt in message.attempts] == [503, 302, 204]

    def test_until_it_gives_up(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        endpoint.answers = [500] * 4
        sandbox.people.add(NewPerson("Lucas"))
        quiet(sandbox)
        assert sandbox.webhooks.messages()[0].state == "failed"
        assert len(endpoint.received) == 4

    def test_does_not_keep_others_waiting(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        endpoint.answers = [500]
        sandbox.people.add(NewPerson("First"))
        sandbox.people.add(NewPerson("Second"))
        quiet(sandbox)
        names = [json.loads(delivery.body)["data"]["first_name"] for delivery in endpoint.received]
        assert names == ["First", "Second", "First"]

    def test_when_nobody_listens(self, sandbox: Sandbox) -> None:
        sandbox.endpoint_url = "http://127.0.0.1:9/clerk/users"
        sandbox.people.add(NewPerson("Lucas"))
        quiet(sandbox)
        message = sandbox.webhooks.messages()[0]
        assert message.state == "failed"
        assert {(attempt.status, attempt.error) for attempt in message.attempts} == {(None, "nobody listens there")}

    def test_eight_times_by_default(self) -> None:
        assert len(PAUSES) == 7
        assert list(PAUSES) == sorted(PAUSES)


class TestMischief:
    def test_paused_is_lost_until_repeated(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        sandbox.webhooks.pause()
        sandbox.people.add(NewPerson("Lucas"))
        sandbox.webhooks.pause(False)
        sandbox.people.add(NewPerson("Marta"))
        quiet(sandbox)
        assert len(endpoint.received) == 1
        lost = sandbox.webhooks.messages()[1]
        assert (lost.state, lost.about) == ("lost", "Lucas")
        sandbox.webhooks.repeat(lost.id)
        quiet(sandbox)
        assert endpoint.received[1].headers["svix-id"] == lost.id
        assert lost.state == "delivered"

    def test_repeated_has_the_same_id(self, sandbox: Sandbox, endpoint: Endpoint) -> None:
        sandbox.people.add(NewPerson("Lucas"))
        quiet(sandbox)
        sandbox.webhooks.repeat(sandbox.webhooks.messages()[0].id)
        quiet(sandbox)
        first, second = endpoint.received
        assert first.headers["svix-id"] == second.headers["svix-id"]
        assert first.body == second.body
        assert sandbox.webhooks.repeat("msg_unknown") is None

    @pytest.mark.parametrize("reverse", [False, True])
    def test_held_and_released(self, sandbox: Sandbox, endpoint: Endpoint, reverse: bool) -> None:
        sandbox.webhooks.hold()
        for name in ("One", "Two", "Three"):
            sandbox.people.add(NewPerson(name))
        quiet(sandbox)
        assert endpoint.received == []
        assert sandbox.webhooks.release(reverse=reverse) == 3
        sandbox.people.add(NewPerson("Four"))
        quiet(sandbox)
        names = [json.loads(delivery.body)["data"]["first_name"] for delivery in endpoint.received]
        assert names == (["Three", "Two", "One", "Four"] if reverse else ["One", "Two", "Three", "Four"])
