"""`leadkeeper backfill` as an operator runs it: a process of its own, against the sandbox."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from leadkeeper.directory.models import Quarantined, Sweep
from leadkeeper.live.models import Notice
from leadkeeper.team.models import Membership, User
from sandbox import NewPerson, Sandbox
from sandbox.faults import Fault

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

LEADKEEPER = Path(sys.executable).with_name("leadkeeper")
FIELDS = {
    *("run", "status", "reason", "seen", "created", "updated", "unchanged", "deactivated", "quarantined"),
    *("skipped_stale", "expected", "resumed_from", "duration_s", "pages"),
}


@pytest.fixture
def sandbox():
    with Sandbox(None, "http://127.0.0.1:9/", people=12) as sandbox:
        sandbox.webhooks.pause(True)
        yield sandbox


@pytest.fixture
def command(environment, sandbox):
    """Starts the command beside the sandbox."""

    def start(*arguments, **variables):
        return subprocess.Popen(
            [LEADKEEPER, *arguments],
            env=environment | sandbox.environment() | {"SECRET_KEY": "only for tests"} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def run(command):
    """Runs the command to its end; answers exit code, what `--json` printed, and stderr."""

    def go(*arguments, **variables):
        process = command(*arguments, "--json", **variables)
        out, err = process.communicate(timeout=60)
        assert out.count("\n") == 1, (out, err)
        return process.returncode, json.loads(out), err

    return go


def crowd(sandbox, people):
    sandbox.people.add_many(NewPerson("Pessoa", str(number)) for number in range(people - len(sandbox.people)))


class SlowAt:
    """Makes the sandbox hold back its n-th list, and says when that has been asked for."""

    def __init__(self, sandbox, list_number):
        self.asked = threading.Event()
        self.go_on = threading.Event()
        page, count = sandbox.people.page, iter(range(1, 1_000_000))

        def slow(**query):
            if next(count) == list_number:
                self.asked.set()
                self.go_on.wait(30)
            return page(**query)

        sandbox.people.page = slow


def eventually(condition, seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "in vain"
        time.sleep(0.02)
    return found


class TestBackfill:
    def test_everybody_is_here_and_nothing_but_one_object_on_stdout(self, run):
        code, report, _ = run("backfill")
        assert code == 0
        assert set(report) == FIELDS
        assert (report["status"], report["seen"], report["created"], report["expected"]) == ("complete", 12, 12, 12)
        assert report["resumed_from"] is None
        roles = dict(Membership.objects.values_list("user__name", "directory_role"))
        assert roles["Ana Souza"] == "owner"
        assert roles["recepcao-01"] == "member"
        code, again, _ = run("reconcile")
        assert (code, again["unchanged"], again["created"]) == (0, 12, 0)
        assert list(Sweep.objects.order_by("asked_at").values_list("kind", flat=True)) == ["backfill", "reconcile"]

    def test_2300_people_are_paged_through(self, run, sandbox):
        crowd(sandbox, 2300)
        code, report, _ = run("backfill")
        assert (code, report["seen"], report["created"], report["pages"]) == (0, 2300, 2300, 5)
        assert sandbox.api.calls["list"] == 6

    def test_a_person_reads_one_line(self, command):
        process = command("backfill")
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out.startswith("complete: 12 people seen: 12 created, 0 updated, 0 unchanged, 0 deactivated")
        assert err == ""

    def test_a_terminal_gets_a_bar_and_stdout_stays_clean(self, command, environment, sandbox):
        ours, theirs = pty.openpty()
        variables = environment | sandbox.environment() | {"SECRET_KEY": "only for tests", "TERM": "xterm"}
        process = subprocess.Popen(
            [LEADKEEPER, "backfill", "--json"], env=variables, stdout=subprocess.PIPE, stderr=theirs, text=True
        )
        out, _ = process.communicate(timeout=60)
        os.close(theirs)
        shown = os.read(ours, 65536).decode()
        os.close(ours)
        assert json.loads(out)["status"] == "complete"
        assert "12/12" in shown


class TestRefusing:
    def test_without_a_key_one_clear_sentence(self, run, command):
        code, report, err = run("backfill", CLERK_SECRET_KEY="")
        assert (code, report["status"], report["run"]) == (1, "refused", None)
        assert "CLERK_SECRET_KEY" in report["reason"]
        assert set(report) == FIELDS
        assert not Sweep.objects.exists()
        process = command("backfill", CLERK_SECRET_KEY="")
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (1, "")
        assert "CLERK_SECRET_KEY" in err
        assert err.count("\n") == 1

    def test_a_wrong_key(self, run):
        code, report, err = run("backfill", CLERK_SECRET_KEY="sk_test_wrong")
        assert (code, report["status"], report["deactivated"]) == (1, "incomplete", 0)
        assert "CLERK_SECRET_KEY" in report["reason"]
        assert "sk_test_wrong" not in err

    def test_a_mass_departure_goes_only_by_force(self, run, sandbox):
        crowd(sandbox, 40)
        run("backfill")
        for user_id in [json.loads(row)["id"] for row in sandbox.people.page(limit=6)]:
            sandbox.people.delete(user_id)
        code, report, err = run("backfill")
        assert (code, report["status"], report["deactivated"]) == (1, "refused", 0)
        assert "6 of 40" in report["reason"]
        assert "--force" in err
        code, report, _ = run("backfill", "--force")
        assert (code, report["status"], report["deactivated"]) == (0, "complete", 6)
        assert User.objects.filter(is_active=True).count() == 34

    def test_half_a_list(self, run, sandbox):
        crowd(sandbox, 100)
        run("backfill")
        sandbox.faults.add(Fault("half", times=9))
        code, report, _ = run("backfill")
        assert (code, report["status"], report["expected"], report["deactivated"]) == (1, "incomplete", 100, 0)
        assert report["seen"] < 60
        assert User.objects.filter(is_active=True).count() == 100

    def test_troubles_that_pass(self, run, sandbox):
        for kind in ("429", "garbage"):
            sandbox.faults.add(Fault(kind, only="list", retry_after=1))
        code, report, err = run("backfill")
        assert (code, report["status"], report["seen"]) == (0, "complete", 12)
        assert err.count("clerk did not answer well") == 2


class TestDryRun:
    def test_leaves_no_trace(self, run, command, sandbox):
        code, report, _ = run("backfill", "--dry-run")
        assert (code, report["run"], report["status"], report["created"]) == (0, None, "complete", 12)
        for table in (Sweep, User, Membership, Notice, Quarantined):
            assert not table.objects.exists()
        process = command("backfill", "--dry-run")
        out, _ = process.communicate(timeout=60)
        assert out.startswith("Dry run, nothing was changed.")
        assert "12 created" in out


class TestKilled:
    def test_in_mid_walk_it_goes_on_and_ends_right(self, run, command, sandbox):
        crowd(sandbox, 2300)
        slow = SlowAt(sandbox, 4)
        process = command("backfill", "--json")
        assert slow.asked.wait(30)
        eventually(lambda: Sweep.objects.filter(seen=1500).exists())
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert Sweep.objects.get().status == "running"
        first, *_ = (json.loads(row)["id"] for row in sandbox.people.page(descending=False))
        slow.go_on.set()
        sandbox.people.edit(first, {"first_name": "Renamed"})
        code, report, _ = run("backfill")
        assert code == 0
        assert (report["resumed_from"], report["seen"], report["created"], report["pages"]) == (1500, 2300, 2300, 5)
        assert report["run"] == str(Sweep.objects.get().id)
        assert User.objects.filter(is_active=True).count() == 2300
        code, report, _ = run("backfill")
        assert (report["resumed_from"], report["updated"], report["unchanged"]) == (None, 1, 2299)

    def test_a_second_command_joins_and_takes_over_from_the_killed_one(self, command, sandbox):
        crowd(sandbox, 1200)
        slow = SlowAt(sandbox, 3)
        first = command("backfill", "--json")
        assert slow.asked.wait(30)
        eventually(lambda: Sweep.objects.filter(seen=1000).exists())
        second = command("backfill", "--json")
        time.sleep(2)
        assert second.poll() is None
        first.kill()
        first.communicate()
        slow.go_on.set()
        out, _ = second.communicate(timeout=60)
        report = json.loads(out)
        assert second.returncode == 0
        assert (report["status"], report["resumed_from"], report["seen"]) == ("complete", 1000, 1200)
        assert Sweep.objects.count() == 1

    def test_two_at_once_are_one_run(self, command, sandbox):
        crowd(sandbox, 1200)
        both = [command("backfill", "--json") for _ in range(2)]
        reports = [json.loads(process.communicate(timeout=60)[0]) for process in both]
        assert [process.returncode for process in both] == [0, 0]
        assert {report["seen"] for report in reports} == {1200}
        # Whoever came after the end has begun a run of its own: everything else was walked once.
        assert sum(report["created"] for report in {report["run"]: report for report in reports}.values()) == 1200
