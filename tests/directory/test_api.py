"""`/api/directory` as an integrator sees it."""

import json

import pytest
from django.test import Client

from leadkeeper.directory.deliveries import receive as inbox
from leadkeeper.directory.models import Delivery, Sweep
from leadkeeper.directory.sweeps import schedule
from leadkeeper.team.models import User
from sandbox import Sandbox
from tests.clerk.door import event

pytestmark = pytest.mark.django_db

ADDRESSES = [
    ("get", ""),
    ("get", "/deliveries"),
    ("post", "/deliveries/00000000-0000-4000-8000-000000000000/replay"),
    ("post", "/backfill"),
    ("get", "/runs/00000000-0000-4000-8000-000000000000"),
]


@pytest.fixture
def admin(api):
    return api("admin")


@pytest.fixture
def sandbox(settings):
    with Sandbox(None, "http://127.0.0.1:9/", people=12) as sandbox:
        sandbox.webhooks.pause(True)
        settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = sandbox.url, sandbox.secret_key
        yield sandbox


def arrive(*bodies):
    from leadkeeper.clerk.deliveries import read_message

    inbox.receive([read_message(f"msg_{number}", body) for number, body in enumerate(bodies)])


class TestWhoMay:
    @pytest.mark.parametrize(("method", "path"), ADDRESSES)
    def test_nobody_without_a_key(self, db, method, path):
        assert getattr(Client(), method)(f"/api/directory{path}").status_code == 401

    @pytest.mark.parametrize(("method", "path"), ADDRESSES)
    @pytest.mark.parametrize("role", ["manager", "member", "support"])
    def test_not_those_who_do_not_manage(self, api, method, path, role):
        answer = getattr(api(role), method)(f"/api/directory{path}")
        assert answer.status_code == 403
        assert answer.json()["status"] == 403
        assert not Sweep.objects.exists()

    @pytest.mark.parametrize("path", ["/runs/{}", "/deliveries/{}/replay"])
    @pytest.mark.parametrize("id_", ["0190c3f2-0000-7000-8000-000000000000", "none"])
    def test_what_is_not_there_is_not_found(self, admin, path, id_):
        call = admin.post if "replay" in path else admin.get
        assert call(f"/api/directory{path.format(id_)}").status_code == 404

    def test_what_is_another_organizations_is_not_there(self, api, other_organization):
        arrive(event())
        delivery = Delivery.objects.get()
        run = Sweep.objects.create(organization_id=delivery.organization_id, kind="backfill")
        stranger = api("owner", organization=other_organization)
        assert stranger.get(f"/api/directory/runs/{run.id}").status_code == 404
        assert stranger.post(f"/api/directory/deliveries/{delivery.id}/replay").status_code == 404
        assert stranger.get("/api/directory/deliveries").json() == {"items": [], "next": None}
        state = stranger.get("/api/directory").json()
        assert (state["last_sweep"], state["last_delivery_at"], state["deliveries"]["applied"]) == (None, None, 0)


class TestState:
    def test_before_anything_happened(self, admin):
        assert admin.get("/api/directory").json() == {
            "last_delivery_at": None,
            "last_sweep": None,
            "drift": None,
            "people": {"active": 0, "inactive": 0},
            "deliveries": {"applied": 0, "duplicate": 0, "stale": 0, "ignored": 0, "failed": 0},
        }

    def test_counts_what_arrived_and_who_is_here(self, admin):
        bodies = [
            event(id_="user_a", first_name="Ana"),
            event(id_="user_b", banned=True),
            event(id_="user_a", updated_at=5),
            event("session.created"),
            b"no json",
        ]
        arrive(*bodies)
        arrive(*bodies[:2])
        state = admin.get("/api/directory").json()
        assert state["deliveries"] == {"applied": 2, "duplicate": 2, "stale": 1, "ignored": 1, "failed": 1}
        assert state["people"] == {"active": 1, "inactive": 1}
        assert state["last_delivery_at"].endswith("Z")

    def test_drift_is_what_the_last_complete_sweep_put_right(self, admin, sandbox):
        admin.post("/api/directory/backfill")
        schedule.run_due_sweeps()
        first = sandbox.people.page()[0]
        sandbox.people.edit(json.loads(first)["id"], {"first_name": "Renamed"})
        admin.post("/api/directory/backfill")
        schedule.run_due_sweeps()
        state = admin.get("/api/directory").json()
        drift = state["drift"]
        assert (drift["created"], drift["updated"], drift["deactivated"]) == (0, 1, 0)
        assert state["last_sweep"]["run"] == drift["run"]


class TestBackfill:
    def test_is_accepted_and_can_be_followed_to_its_end(self, admin, sandbox):
        answer = admin.post("/api/directory/backfill")
        assert answer.status_code == 202
        run = answer.json()["run"]
        assert admin.get(f"/api/directory/runs/{run}").json()["status"] == "queued"
        schedule.run_due_sweeps()
        report = admin.get(f"/api/directory/runs/{run}").json()
        assert {name: report[name] for name in ("run", "status", "seen", "created", "expected", "resumed_from")} == {
            "run": run,
            "status": "complete",
            "seen": 12,
            "created": 12,
            "expected": 12,
            "resumed_from": None,
        }
        assert report["pages"] == 1
        assert report["duration_s"] >= 0

    def test_asked_for_twice_it_is_one_run(self, admin, sandbox):
        first, second = (admin.post("/api/directory/backfill").json()["run"] for _ in range(2))
        assert first == second

    def test_without_a_key_it_says_which_setting_is_missing(self, admin, settings):
        settings.CLERK_SECRET_KEY = ""
        answer = admin.post("/api/directory/backfill")
        assert answer.status_code == 409
        assert "CLERK_SECRET_KEY" in answer.json()["detail"]


class TestDeliveries:
    def test_come_newest_first_page_by_page_without_their_payload(self, admin):
        for number in range(5):
            arrive_as(f"msg_{number}", event(id_=f"user_{number}"))
        first = admin.get("/api/directory/deliveries?limit=2").json()
        second = admin.get("/api/directory/deliveries", {"limit": 2, "cursor": first["next"]}).json()
        third = admin.get("/api/directory/deliveries", {"limit": 2, "cursor": second["next"]}).json()
        listed = [row["message_id"] for answer in (first, second, third) for row in answer["items"]]
        assert listed == ["msg_4", "msg_3", "msg_2", "msg_1", "msg_0"]
        assert third["next"] is None
        assert set(first["items"][0]) == {
            *("id", "message_id", "type", "clerk_id", "occurred_at", "received_at", "outcome", "reason", "repeats")
        }

    def test_of_one_outcome(self, admin):
        arrive(event(), b"no json")
        [row] = admin.get("/api/directory/deliveries?outcome=failed").json()["items"]
        assert (row["message_id"], row["outcome"]) == ("msg_1", "failed")
        assert "JSON" in row["reason"]

    @pytest.mark.parametrize(
        ("name", "value"), [("outcome", "lost"), ("cursor", "???"), ("limit", "0"), ("limit", "201")]
    )
    def test_bad_input_is_named(self, admin, name, value):
        answer = admin.get("/api/directory/deliveries", {name: value})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == name


class TestReplay:
    def test_a_failed_delivery_is_tried_again_and_counts_as_no_repeat(self, admin, settings):
        arrive(event(id_="user_a", first_name="Ana"))
        User.objects.all().delete()
        Delivery.objects.update(outcome="failed", reason="the disk was full")
        delivery = Delivery.objects.get()
        answer = admin.post(f"/api/directory/deliveries/{delivery.id}/replay")
        assert answer.status_code == 200
        assert answer.json() | {"received_at": ""} == {
            "id": str(delivery.id),
            "message_id": "msg_0",
            "type": "user.created",
            "clerk_id": "user_a",
            "occurred_at": "2025-11-13T02:13:20.020Z",
            "received_at": "",
            "outcome": "applied",
            "reason": "created",
            "repeats": 0,
        }
        assert User.objects.get().name == "Ana"

    def test_one_that_still_makes_no_sense_stays_failed(self, admin):
        arrive(event(updated_at=1).replace(b'"updated_at": 1', b'"updated_at": "never"'))
        delivery = Delivery.objects.get()
        answer = admin.post(f"/api/directory/deliveries/{delivery.id}/replay")
        assert (answer.json()["outcome"], answer.json()["repeats"]) == ("failed", 0)

    def test_one_that_was_applied_changes_nothing(self, admin):
        arrive(event(first_name="Ana"))
        before = list(User.objects.values())
        delivery = Delivery.objects.get()
        assert admin.post(f"/api/directory/deliveries/{delivery.id}/replay").json()["repeats"] == 0
        assert list(User.objects.values()) == before


def arrive_as(message_id, body):
    from leadkeeper.clerk.deliveries import read_message

    inbox.receive([read_message(message_id, body)])
