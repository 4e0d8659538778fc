"""`leadkeeper doctor` as an operator runs it: a process of its own, on a real database, beside the sandbox."""

import contextlib
import json
import os
import pty
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings as configured

from leadkeeper.project.doctor import Check, in_turn
from leadkeeper.project.findings import fine, problem, warning
from sandbox import Sandbox

pytestmark = pytest.mark.processes

LEADKEEPER = Path(sys.executable).with_name("leadkeeper")
KEY = "a-session-key-for-the-tests-0123456789-abcdefghijklmnop"

only_sqlite = pytest.mark.skipif(not configured.ENVIRONMENT.is_sqlite, reason="of SQLite")
only_postgresql = pytest.mark.skipif(configured.ENVIRONMENT.is_sqlite, reason="of PostgreSQL")


@pytest.fixture
def sandbox():
    with Sandbox(None, "http://127.0.0.1:9/", people=12) as sandbox:
        sandbox.webhooks.pause(True)
        yield sandbox


@pytest.fixture
def environment(database_url):
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("CLERK_", "LEADKEEPER_"))}
    return plain | {
        "DATABASE_URL": database_url,
        "SECRET_KEY": KEY,
        "LEADKEEPER_LANGUAGE": "en",
        "DJANGO_SETTINGS_MODULE": "leadkeeper.project.settings",
    }


@pytest.fixture
def run(environment):
    """Runs a command to its end; answers its exit code and what it wrote."""

    def go(*arguments, **variables):
        done = subprocess.run(
            [LEADKEEPER, *arguments], env=environment | variables, capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    return go


@pytest.fixture
def doctor(run):
    """Asks the doctor; answers its exit code and what it found, by name."""

    def ask(*arguments, **variables):
        code, out, err = run("doctor", "--json", *arguments, **variables)
        assert (out.count("\n"), err) == (1, "")
        answer = json.loads(out)
        assert answer["ok"] == (code == 0)
        assert all(set(check) == {"name", "status", "detail", "remedy"} for check in answer["checks"])
        assert all(bool(check["remedy"]) == (check["status"] != "ok") for check in answer["checks"])
        return code, {check["name"]: check for check in answer["checks"]}

    return ask


@pytest.fixture
def installed(run):
    """A database with its schema and an administrator."""
    assert run("migrate", "--verbosity", "0")[0] == 0
    assert run("admin", "create", "ana@example.com")[0] == 0


@pytest.fixture
def worker(environment, installed):
    """Background work, where it is a process of its own."""
    if configured.ENVIRONMENT.is_sqlite:
        yield
        return
    process = subprocess.Popen([LEADKEEPER, "worker"], env=environment, stderr=subprocess.DEVNULL)
    yield
    process.terminate()
    process.wait(timeout=10)


def statuses(found):
    return {name: check["status"] for name, check in found.items()}


class TestAnInstallation:
    def test_that_is_well(self, doctor, run, sandbox, installed, worker):
        connected = sandbox.environment()
        assert run("backfill", **connected)[0] == 0
        deadline = time.monotonic() + 20
        while (answer := doctor(**connected))[0] and time.monotonic() < deadline:
            time.sleep(0.5)
        code, found = answer
        assert code == 0, found
        # No webhook was sent, and on SQLite nothing is served here.
        expected = {"endpoint"} | ({"worker"} if configured.ENVIRONMENT.is_sqlite else set())
        assert {name for name, status in statuses(found).items() if status != "ok"} == expected
        assert sandbox.instance_id in found["clerk_instance"]["detail"]
        assert "12 people seen" in found["last_sweep"]["detail"]

    def test_without_clerk_has_warnings_only(self, doctor, installed, worker):
        deadline = time.monotonic() + 20
        while (answer := doctor())[0] and time.monotonic() < deadline:
            time.sleep(0.5)
        code, found = answer
        assert code == 0, found
        assert statuses(found)["clerk_key"] == "warning"

    def test_whose_key_is_of_another_instance(self, doctor, sandbox, installed):
        code, found = doctor(**sandbox.environment() | {"CLERK_INSTANCE_ID": "ins_another"})
        assert (code, found["clerk_instance"]["status"]) == (1, "problem")

    def test_with_wrong_counters_is_cured(self, doctor, database_url, installed):
        spoil = (
            "INSERT INTO leads_leadcount (organization_id, responsible, stage, leads) "
            "SELECT id, id, 'novo', 7 FROM team_organization"
        )
        execute(database_url, spoil)
        assert doctor()[1]["counters"]["status"] == "problem"
        assert doctor("--recount")[1]["counters"]["status"] == "ok"
        assert doctor()[1]["counters"]["status"] == "ok"


class TestTheSchema:
    def test_that_is_old_is_a_problem_and_what_needs_it_is_passed_over(self, doctor, run, installed):
        assert run("migrate", "leads", "zero", "--verbosity", "0")[0] == 0
        code, found = doctor()
        assert (code, found["migrations"]["status"]) == (1, "problem")
        assert found["migrations"]["remedy"] == "Run: leadkeeper migrate"
        assert found["counters"] == {
            "name": "counters",
            "status": "warning",
            "detail": "Not looked at, because of the problem with 'migrations'.",
            "remedy": "Put that right, and look again.",
        }
        assert found["database"]["status"] == "ok"

    def test_that_is_of_a_newer_version(self, doctor, database_url, installed):
        execute(
            database_url,
            "INSERT INTO django_migrations (app, name, applied) VALUES ('leads', '0099_later', CURRENT_TIMESTAMP)",
        )
        _, found = doctor()
        assert found["migrations"]["status"] == "warning"
        assert "leads 0099_later" in found["migrations"]["detail"]

    def test_is_not_made_by_looking(self, doctor, run, database_url):
        doctor()
        code, found = doctor()
        assert code == 1
        if configured.ENVIRONMENT.is_sqlite:
            assert not Path(urlsplit(database_url).path).exists()
            assert found["database_file"]["status"] == "problem"
        else:
            assert found["migrations"]["status"] == "problem"


class TestTheDatabase:
    @only_postgresql
    def test_that_is_away(self, doctor, database_url):
        parts = urlsplit(database_url)
        away = urlunsplit(parts._replace(netloc="ana:hunter2hunter2@127.0.0.1:1", query=""))
        code, found = doctor(DATABASE_URL=away)
        assert (code, found["database"]["status"]) == (1, "problem")
        assert "refused" in found["database"]["detail"]
        assert found["settings"]["status"] == "ok"
        assert "because of the problem with 'database'" in found["counters"]["detail"]

    @only_sqlite
    def test_that_is_none(self, doctor, database_url):
        path = Path(urlsplit(database_url).path)
        path.write_bytes(b"no database at all, but long enough to be one " * 100)
        code, found = doctor()
        assert (code, found["database"]["status"]) == (1, "problem")
        assert "not a database" in found["database"]["detail"]

    @only_sqlite
    def test_that_somebody_writes_to_can_be_looked_at(self, doctor, database_url, installed):
        with sqlite3.connect(urlsplit(database_url).path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            code, _ = doctor()
            assert (code, time.monotonic() - began < 10) == (0, True)
            other.execute("ROLLBACK")
        other.close()


class TestTheSettings:
    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("CLERK_WEBHOOK_SECRET", "hunter2hunter2", "CLERK_WEBHOOK_SECRET"),
            ("CLERK_API_URL", "sk_live_hunter2hunter2", "CLERK_API_URL"),
            ("DATABASE_URL", "mysql://ana:hunter2hunter2@127.0.0.1/x", "DATABASE_URL"),
            ("DIRECTORY_RECONCILE_HOURS", "often", "DIRECTORY_RECONCILE_HOURS"),
        ],
    )
    def test_that_cannot_be_read_are_a_finding(self, doctor, run, name, value, told):
        code, found = doctor(**{name: value})
        assert (code, list(found)) == (1, ["settings"])
        assert told in found["settings"]["detail"]
        assert "hunter2" not in json.dumps(found)
        code, out, err = run("doctor", **{name: value})
        assert (code, err) == (1, "")
        assert out.startswith("problem")
        assert "hunter2" not in out

    def test_hold_secrets_that_are_never_told(self, run, sandbox, installed):
        connected = sandbox.environment()
        secrets = [KEY, connected["CLERK_SECRET_KEY"], *connected["CLERK_WEBHOOK_SECRET"].split()]
        for variables in (connected, connected | {"CLERK_API_URL": f"http://ana:{KEY}@127.0.0.1:9"}):
            for arguments in (("doctor",), ("doctor", "--json")):
                _, out, err = run(*arguments, **variables)
                assert not [secret for secret in secrets if secret in out + err]


class TestLines:
    def test_are_one_for_each_check(self, run, doctor, installed):
        _, found = doctor()
        code, out, err = run("doctor")
        assert (code, err) == (int("problem" in statuses(found).values()), "")
        told = [line.split(maxsplit=2) for line in out.splitlines()]
        assert [name for _, name, _ in told] == list(found)
        assert "\x1b" not in out

    def test_are_coloured_on_a_terminal(self, environment, installed):
        outer, inner = pty.openpty()
        process = subprocess.Popen([LEADKEEPER, "doctor"], env=environment | {"TERM": "xterm-256color"}, stdout=inner)
        os.close(inner)
        shown = read_all(outer)
        assert process.wait(timeout=10) in (0, 1)
        assert "\x1b[32mok" in shown


class TestInTurn:
    def test_one_that_raises_is_a_problem_and_the_others_go_on(self, db):
        def broken():
            raise RuntimeError(f"three\nwords {configured.SECRET_KEY}")

        found = dict(in_turn((Check("a", broken), Check("b", lambda: fine("Good.")))))
        assert found["a"].status == "problem"
        assert found["a"].detail == "The check itself failed: RuntimeError: three words …"
        assert found["b"] == fine("Good.")

    def test_what_needs_a_problem_is_passed_over_with_its_root(self, db):
        def never():
            raise AssertionError("looked at")

        checks = (
            Check("a", lambda: problem("Bad.", "Mend it.")),
            Check("b", never, needs="a"),
            Check("c", never, needs="b"),
            Check("d", lambda: fine("Good.")),
        )
        found = dict(in_turn(checks))
        assert [found[name].status for name in "abcd"] == ["problem", "warning", "warning", "ok"]
        assert found["c"].detail == "Not looked at, because of the problem with 'a'."

    def test_a_warning_is_no_obstacle(self, db):
        checks = (Check("a", lambda: warning("So so.", "See.")), Check("b", lambda: fine("Good."), needs="a"))
        assert [finding.status for _, finding in in_turn(checks)] == ["warning", "ok"]


def read_all(terminal):
    """What was shown until the process that showed it closed the terminal, which Linux reports as an error."""
    shown = b""
    with contextlib.suppress(OSError), open(terminal, "rb", buffering=0) as file:
        while some := file.read(4096):
            shown += some
    return shown.decode()


def execute(url, statement):
    """One statement from outside the product."""
    if url.startswith("sqlite"):
        with sqlite3.connect(urlsplit(url).path) as there:
            there.execute(statement)
        there.close()
    else:
        with psycopg.connect(url) as there:
            there.execute(statement)
