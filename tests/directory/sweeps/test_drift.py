"""What a sweep found different is listed person by person; the door never pays for it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from leadkeeper.clerk.deliveries import read_message
from leadkeeper.directory.deliveries import receive as inbox
from leadkeeper.directory.deliveries.lag import measure, percentile
from leadkeeper.directory.labels import corrected
from leadkeeper.directory.models import ArrivedType, Drift, Sweep
from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Absent, Deleted, Difference, Origin, Record, State, Stated, differences
from leadkeeper.directory.sweeps import drift, schedule
from leadkeeper.team.organizations import HOME_ID
from leadkeeper.team.roles import Role
from sandbox import NewPerson, Sandbox
from tests.clerk.door import event


@pytest.fixture
def sandbox(settings):
    with Sandbox(None, "http://127.0.0.1:9/", people=12) as sandbox:
        sandbox.webhooks.pause(True)
        settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = sandbox.url, sandbox.secret_key
        yield sandbox


@pytest.fixture
def check(admin, sandbox):
    """Has the whole list compared now."""

    def check() -> Sweep:
        run = admin.post("/api/directory/backfill").json()["run"]
        schedule.run_due_sweeps()
        return Sweep.objects.get(id=run)

    return check


@pytest.fixture
def admin(api):
    return api("admin")


def found(run: Sweep) -> dict[str, tuple[str, dict[str, tuple]]]:
    """The list of a sweep: by name what was done, and each field before and after."""
    return {
        one.name: (one.result, {each["field"]: (each["before"], each["after"]) for each in one.differences})
        for one in run.drift.all()
    }


class TestDifferences:
    ANA = Record("Ana", "ana@example.com", "", False, Role.SDR)

    def test_none_between_equal_states(self):
        assert differences(State(self.ANA), State(self.ANA)) == []

    def test_every_field_that_changed_and_no_other(self):
        after = State(Record("Ana", "", "https://x/y.png", False, Role.ADMIN))
        assert differences(State(self.ANA), after) == [
            Difference("email", "ana@example.com", None),
            Difference("role", "sdr", "admin"),
            Difference("avatar_url", None, "https://x/y.png"),
        ]

    @pytest.mark.parametrize("off", [State(ANA, deleted=True), State(ANA, absent=True)])
    def test_being_turned_off_and_on_again(self, off):
        assert differences(State(self.ANA), off) == [Difference("active", True, False)]
        assert differences(off, State(self.ANA)) == [Difference("active", False, True)]

    def test_of_somebody_new_all_that_is_told(self):
        assert [one.field for one in differences(State(), State(self.ANA))] == ["name", "email", "role", "active"]


@pytest.mark.django_db
class TestExplained:
    def changes(self):
        ana = Stated("user_a", Record("Ana"), 1, 0, Origin.SWEEP)
        return [ana, ana, Stated("user_a", Record("Bia"), 2, 0, Origin.SWEEP), Absent("user_a"), Deleted("user_a")]

    def outcomes(self, **asked):
        with transaction.atomic():
            return apply(self.changes(), organization_id=HOME_ID, now=timezone.now(), **asked)

    def test_only_what_was_done_and_only_when_asked(self):
        corrections = [outcome.correction for outcome in self.outcomes(explain=True)]
        assert [bool(one) for one in corrections] == [True, False, True, True, False]
        assert differences(corrections[2].before, corrections[2].after) == [Difference("name", "Ana", "Bia")]

    def test_nothing_unasked(self):
        assert {outcome.correction for outcome in self.outcomes()} == {None}


@pytest.mark.django_db
class TestSweep:
    def test_the_first_one_lists_nobody_it_creates(self, check):
        run = check()
        assert (run.created, run.drift.count()) == (12, 0)

    def test_the_next_one_lists_whom_it_puts_right(self, check, sandbox, admin):
        check()
        people = [json.loads(one) for one in sandbox.people.page(limit=50)]
        renamed, banned, gone = (one["id"] for one in people[:3])
        sandbox.people.edit(renamed, {"first_name": "Renata", "last_name": "Nova"})
        sandbox.people.ban(banned)
        sandbox.people.delete(gone)
        sandbox.people.add(NewPerson("Zeca", "Novo", "zeca@aurora.example", role="sdr"))
        run = check()
        assert run.status == "complete"
        assert (run.created, run.updated, run.deactivated) == (1, 1, 2)
        listed = found(run)
        assert listed["Renata Nova"][0] == "updated"
        assert listed["Renata Nova"][1]["name"][1] == "Renata Nova"
        assert set(listed["Renata Nova"][1]) == {"name"}
        assert listed["Zeca Novo"][0] == "created"
        assert listed["Zeca Novo"][1]["role"] == (None, "sdr")
        turned_off = [differences for result, differences in listed.values() if result == "deactivated"]
        assert turned_off == [{"active": (True, False)}] * 2
        told = admin.get("/api/directory").json()["drift"]
        assert (told["created"], told["updated"], told["deactivated"]) == (1, 1, 2)
        assert told["at"].endswith("Z")
        assert {one["name"] for one in told["people"]} == set(listed)

    def test_when_all_is_equal_there_is_none(self, check):
        check()
        assert check().drift.count() == 0

    def test_only_the_first_are_listed_and_all_are_counted(self, check, sandbox, monkeypatch):
        monkeypatch.setattr(drift, "LISTED_AT_MOST", 2)
        check()
        for one in [json.loads(one) for one in sandbox.people.page(limit=50)][:5]:
            sandbox.people.edit(one["id"], {"first_name": "Renata"})
        run = check()
        assert (run.updated, run.drift.count()) == (5, 2)


class TestWords:
    def test_of_everything_that_may_differ(self):
        changed = [
            {"field": "role", "before": "sdr", "after": "owner"},
            {"field": "role", "before": "unheard-of", "after": None},
            {"field": "avatar_url", "before": None, "after": "https://x/y.png"},
            {"field": "active", "before": True, "after": False},
        ]
        words = corrected(Drift(clerk_id="user_a", name="Ana", result="updated", differences=changed))
        assert words.changes == [
            ("Role", "SDR", "Owner"),
            ("Role", "unheard-of", "—"),
            ("Picture", "—", "a picture"),
            ("State", "active", "no longer active"),
        ]


@pytest.mark.django_db(transaction=True)
class TestArrivedTypes:
    @pytest.fixture(autouse=True)
    def nothing_noted(self, monkeypatch):
        monkeypatch.setattr(inbox, "_noted", set())

    def arrive(self, *bodies):
        inbox.receive([read_message(f"msg_{timezone.now().timestamp()}_{n}", body) for n, body in enumerate(bodies)])

    def test_are_noted_once_and_only_those_we_handle(self):
        self.arrive(event(), event("session.created"), b"no json", event("user.deleted"))
        self.arrive(event())
        assert set(ArrivedType.objects.values_list("type", flat=True)) == {"user.created", "user.deleted"}

    def test_cost_the_door_nothing_once_they_are(self, django_assert_num_queries):
        self.arrive(event(id_="user_a"))
        ArrivedType.objects.all().delete()
        self.arrive(event(id_="user_b"))
        assert not ArrivedType.objects.exists()

    def test_are_noted_again_where_the_first_try_was_rolled_back(self):
        with transaction.atomic():
            self.arrive(event())
            transaction.set_rollback(True)
        self.arrive(event())
        assert ArrivedType.objects.get().type == "user.created"


class TestLag:
    NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)

    def row(self, seconds: float, *, ago: timedelta = timedelta(0), type_: str = "user.updated"):
        arrived = self.NOW - ago
        return type_, arrived - timedelta(seconds=seconds), arrived

    def test_of_nothing_is_unknown(self):
        lag = measure([], now=self.NOW)
        assert (lag.count, lag.p50_s, lag.p95_s) == (0, None, None)
        assert len(lag.hours) == 24

    def test_is_measured_in_all_and_by_the_hour(self):
        rows = [self.row(1), self.row(3), self.row(20, ago=timedelta(hours=2)), ("user.created", None, self.NOW)]
        lag = measure(rows, now=self.NOW)
        assert (lag.count, lag.p50_s, lag.p95_s) == (4, 3, 20)
        assert [(hour.count, hour.p95_s) for hour in lag.hours[-3:]] == [(1, 20), (0, None), (2, 3)]
        assert lag.by_type == {"user.updated": 3, "user.created": 1}

    def test_a_clock_that_runs_behind_makes_no_lag_below_nothing(self):
        assert measure([self.row(-5)], now=self.NOW).p50_s == 0

    @pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95), (100, 100), (1, 1)])
    def test_percentile_of_a_hundred(self, percent, value):
        assert percentile(list(range(100, 0, -1)), percent) == value

    def test_percentile_of_one(self):
        assert percentile([7.0], 50) == percentile([7.0], 95) == 7.0
