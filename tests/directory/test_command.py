"""`leadkeeper directory` as operators and their scripts use it."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from leadkeeper.clerk.deliveries import read_message
from leadkeeper.directory.deliveries.receive import receive
from leadkeeper.directory.models import Delivery, Sweep
from leadkeeper.team.models import User
from leadkeeper.team.organizations import HOME_ID

pytestmark = pytest.mark.django_db


def directory(*arguments: str) -> str:
    out = StringIO()
    call_command("directory", *arguments, stdout=out)
    return out.getvalue()


def as_json(*arguments: str) -> dict:
    out = directory(*arguments, "--json")
    assert out.count("\n") == 1
    return json.loads(out)


@pytest.fixture
def delivered(organization):
    """Keeps a delivery about a person; with an outcome, as if that had become of it."""

    def deliver(clerk_id: str, name: str = "Ana", outcome: str = "") -> Delivery:
        user = {"id": clerk_id, "updated_at": 1_700_000_000_000, "first_name": name}
        body = {"type": "user.created", "timestamp": 1_700_000_000_000, "data": user}
        message_id = f"msg_{uuid.uuid4().hex}"
        message = read_message(message_id, json.dumps(body).encode())
        if not outcome:
            receive([message])
            return Delivery.objects.get(message_id=message_id)
        return Delivery.objects.create(
            organization_id=HOME_ID,
            message_id=message_id,
            type=message.type,
            clerk_id=clerk_id,
            outcome=outcome,
            reason="could not be stored",
            payload=message.payload,
        )

    return deliver


class TestStatus:
    def test_answers_what_the_api_answers(self, delivered, api, organization):
        delivered("user_a")
        now = timezone.now()
        Sweep.objects.create(
            organization=organization, kind="backfill", status="complete", started_at=now, ended_at=now
        )
        assert as_json("status") == api("admin").get("/api/directory").json()

    def test_tells_people_how_it_stands(self, delivered, organization):
        told = directory("status")
        assert "Last sweep     never" in told
        delivered("user_a")
        Sweep.objects.create(
            organization=organization, kind="reconcile", status="incomplete", seen=7, reason="Too short."
        )
        told = directory("status")
        assert "1 active, 0 inactive" in told
        assert "1 applied, 0 duplicate" in told
        assert "incomplete, 7 people seen. Too short." in told


class TestEvents:
    def test_newest_first_of_one_outcome_and_no_more_than_asked_for(self, delivered):
        kept = [delivered(f"user_{number}") for number in range(3)]
        delivered("user_x", outcome="failed")
        assert [one["clerk_id"] for one in as_json("events")["items"]] == ["user_x", "user_2", "user_1", "user_0"]
        applied = as_json("events", "--outcome", "applied", "--limit", "2")
        assert [one["id"] for one in applied["items"]] == [str(kept[2].id), str(kept[1].id)]
        assert applied["next"]

    def test_a_line_for_each(self, delivered):
        delivered("user_x", outcome="failed")
        (line,) = directory("events").splitlines()
        assert "failed   user.created   user_x  could not be stored" in line

    def test_an_outcome_that_is_none_is_refused(self, organization):
        with pytest.raises(CommandError, match="applied, stale, ignored, failed"):
            directory("events", "--outcome", "good")

    @pytest.mark.parametrize("limit", ["0", "-1", "many"])
    def test_a_limit_that_is_none_is_refused(self, organization, limit):
        with pytest.raises(CommandError, match="limit"):
            directory("events", "--limit", limit)


class TestReplay:
    def test_those_that_failed_are_tried_again(self, delivered):
        delivered("user_a", outcome="failed")
        delivered("user_b", outcome="failed")
        delivered("user_c")
        report = as_json("replay", "--failed")
        assert (report["replayed"], report["failed"]) == (2, 0)
        assert [item["outcome"] for item in report["items"]] == ["applied", "applied"]
        assert User.objects.filter(clerk_id__in=["user_a", "user_b"], is_active=True).count() == 2
        assert directory("replay", "--failed") == "Nothing to replay.\n"

    def test_one_that_fails_again_or_is_not_there_is_told_and_the_others_are_done(self, delivered):
        good, hopeless, unknown = delivered("user_a", outcome="failed"), delivered("", outcome="failed"), uuid.uuid4()
        out = StringIO()
        with pytest.raises(CommandError, match="2 of 3") as refused:
            call_command("directory", "replay", str(unknown), str(hopeless.id), str(good.id), "--json", stdout=out)
        assert refused.value.returncode == 1
        report = json.loads(out.getvalue())
        assert (report["replayed"], report["failed"]) == (1, 2)
        assert [item["outcome"] for item in report["items"]] == [None, "failed", "applied"]
        assert User.objects.filter(clerk_id="user_a").exists()

    @pytest.mark.parametrize("arguments", [[], ["nonsense"]])
    def test_nothing_that_could_be_replayed_is_refused(self, organization, arguments):
        with pytest.raises(CommandError):
            directory("replay", *arguments)
