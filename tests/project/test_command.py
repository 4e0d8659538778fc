"""The `leadkeeper` command as an operator types it."""

import json
import os
import pty
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.processes

COMMAND = str(Path(sys.executable).with_name("leadkeeper"))


@pytest.fixture
def environment(database_url, tmp_path):
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR") if name in os.environ}
    return inherited | {"DATABASE_URL": database_url, "SECRET_KEY": "only for tests", "LEADKEEPER_LANGUAGE": "en"}


@pytest.fixture
def run(environment, tmp_path):
    def run(*arguments, **changes):
        return subprocess.run(
            [COMMAND, *arguments], env=environment | changes, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )

    return run


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def modes(*paths):
    return {stat.S_IMODE(path.stat().st_mode) for path in paths}


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


class TestRefusals:
    """Each a sentence that says what is wrong and what to do, exit code 1, and no traceback."""

    def refused(self, result, *words):
        assert result.returncode == 1, result.stderr
        assert result.stderr.startswith("leadkeeper: "), result.stderr
        assert "Traceback" not in result.stderr
        for word in words:
            assert word in result.stderr
        assert result.stdout == ""

    def test_a_setting_that_makes_no_sense(self, run):
        self.refused(run("serve", CLERK_DEFAULT_ROLE="boss"), "CLERK_DEFAULT_ROLE", "boss")

    def test_a_port_in_use(self, run, port):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", port))
            taken.listen()
            self.refused(run("serve", "--port", str(port)), str(port), "--port")

    def test_a_data_folder_that_cannot_be(self, run, tmp_path):
        (tmp_path / "file").write_text("")
        self.refused(run("serve", DATABASE_URL=f"sqlite:///{tmp_path}/file/x.db", SECRET_KEY=""), "file")
        self.refused(run("serve", DATABASE_URL=f"sqlite:///{tmp_path}/file/x.db"), "file")

    def test_a_file_that_is_no_database(self, run, tmp_path):
        (tmp_path / "x.db").write_text("This is no database at all, whatever its name says. " * 100)
        self.refused(run("api-key", "list", DATABASE_URL=f"sqlite:///{tmp_path}/x.db"), "database")

    def test_a_server_that_is_away(self, run):
        self.refused(run("api-key", "list", DATABASE_URL="postgres://127.0.0.1:1/x"), "database")

    def test_postgresql_without_a_secret_key(self, run):
        self.refused(run("serve", DATABASE_URL="postgres://127.0.0.1:1/x", SECRET_KEY=""), "SECRET_KEY")

    def test_an_unknown_command(self, run):
        self.refused(run("nonsense"), "nonsense", "leadkeeper help")

    def test_arguments_that_make_no_sense_before_the_database_is_touched(self, run, tmp_path):
        self.refused(run("admin", "create", DATABASE_URL=f"sqlite:///{tmp_path}/new.db"), "EMAIL")
        self.refused(run("serve", "--port", "70000"), "--port")
        self.refused(run("serve", "--host", "nowhere.invalid"), "nowhere.invalid", "--host")
        assert not (tmp_path / "new.db").exists()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CLERK_WEBHOOK_SECRET", "whsec_••••••••"),
            ("CLERK_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8IL"),
            ("LEADKEEPER_URL", "http://[::1"),
            ("LEADKEEPER_TIME_ZONE", "Mars/Olympus"),
            ("EMAIL_URL", "smtp://[x"),
        ],
    )
    def test_a_malformed_setting_ends_serve_with_one_line(self, run, port, name, value):
        result = run("serve", "--port", str(port), "--migrate", **{name: value})
        self.refused(result, f"leadkeeper: {name}: ")
        assert result.stderr.count("\n") == 1

    def test_more_workers_than_sqlite_bears(self, run):
        if settings.ENVIRONMENT.is_sqlite:
            self.refused(run("serve", "--workers", "2"), "PostgreSQL", "--workers")

    def test_a_worker_that_sqlite_needs_not(self, run):
        if settings.ENVIRONMENT.is_sqlite:
            self.refused(run("worker"), "serve")

    def test_an_old_schema_on_postgresql(self, run, port):
        if not settings.ENVIRONMENT.is_sqlite:
            self.refused(run("serve", "--port", str(port)), "leadkeeper migrate")
            self.refused(run("api-key", "list"), "leadkeeper migrate")


class TestAReaderWhoGoesAway:
    """As with `leadkeeper doctor | head -1`: the command ends quietly, and not as if all had been done."""

    def run_unread(self, environment, folder, arguments, *, errors_too=False):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as out:
            errors = out if errors_too else subprocess.PIPE
            return subprocess.run(
                [COMMAND, *arguments], env=environment, cwd=folder, stdout=out, stderr=errors, text=True, timeout=60
            )

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["doctor"],
            ["doctor", "--json"],
            ["doctor", "--help"],
            ["directory", "status"],
            ["api-key", "create", "--name", "k", "--role", "member"],
            ["backfill", "--json"],
            ["migrate"],
        ],
    )
    def test_leaves_no_traceback(self, run, environment, tmp_path, arguments):
        assert run("migrate", "--verbosity", "0").returncode == 0
        ended = self.run_unread(environment, tmp_path, arguments)
        assert ended.returncode == 128 + signal.SIGPIPE, ended.stderr
        assert "Error" not in ended.stderr

    def test_nor_where_nobody_reads_errors_either(self, environment, tmp_path):
        ended = self.run_unread(environment, tmp_path, ["nonsense"], errors_too=True)
        assert ended.returncode == 128 + signal.SIGPIPE


class TestVersion:
    def test_is_the_product_s_whatever_the_settings(self, run):
        result = run("--version", DATABASE_URL="nonsense")
        assert (result.returncode, result.stdout) == (0, f"leadkeeper {metadata.version('leadkeeper')}\n")


class TestLanguage:
    """All of it Portuguese, or all of it English, whatever pages speak."""

    @pytest.mark.parametrize(
        ("locale", "words"),
        [
            ("pt_BR.UTF-8", ["Não há banco de dados", "uso: ", "mostrar esta ajuda", "faltam os argumentos"]),
            ("en_US.UTF-8", ["There is no database", "usage: ", "show this help", "are required"]),
        ],
    )
    def test_is_the_terminal_s(self, run, tmp_path, locale, words):
        other = {"LC_ALL": locale, "LEADKEEPER_LANGUAGE": "pt-br" if locale.startswith("en") else "en"}
        doctor = run("doctor", DATABASE_URL=f"sqlite:///{tmp_path}/none.db", **other)
        said = [doctor.stdout, run("serve", "--help", **other).stdout, run("sign-in-link", **other).stderr]
        assert [one for one in words if one not in "\n".join(said)] == []


class TestAnotherFolder:
    def test_a_command_names_the_database_it_looked_for_and_makes_nothing(self, run, tmp_path):
        for command in (["sign-in-link", "ana@example.com"], ["directory", "status"], ["backfill"]):
            result = run(*command, DATABASE_URL="", SECRET_KEY="")
            assert result.returncode == 1
            assert f"{tmp_path}/data/leadkeeper.db" in result.stderr
        assert not (tmp_path / "data").exists()

    def test_doctor_makes_nothing_either(self, run, tmp_path):
        assert "problem" in run("doctor", DATABASE_URL="", SECRET_KEY="").stdout
        assert not (tmp_path / "data").exists()

    def test_a_new_database_is_named_and_its_owner_s_alone(self, run, tmp_path):
        result = run("migrate", "--verbosity", "0", DATABASE_URL="", SECRET_KEY="")
        assert result.stderr == f"leadkeeper: New database: {tmp_path}/data/leadkeeper.db\n"
        assert run("api-key", "list", DATABASE_URL="", SECRET_KEY="").returncode == 0
        assert run("backup", "copy.db", DATABASE_URL="", SECRET_KEY="").returncode == 0
        assert modes(tmp_path / "data", *(tmp_path / "data").iterdir(), tmp_path / "copy.db") <= {0o600, 0o700}


class TestMigrate:
    def test_goes_back_to_nothing_and_forward_again(self, run):
        assert run("migrate", "--verbosity", "0").returncode == 0
        for room in ("leads", "directory", "access", "team", "live"):
            result = run("migrate", room, "zero", "--verbosity", "0")
            assert result.returncode == 0, result.stderr
        assert run("migrate", "--verbosity", "0").returncode == 0
        key = run("api-key", "create", "--name", "k", "--role", "member")
        assert key.stdout.splitlines()[-1].startswith("lk_"), key.stderr


class TestBackup:
    def test_copies_everything_and_overwrites_nothing(self, run, tmp_path):
        assert run("migrate", "--verbosity", "0").returncode == 0
        assert run("api-key", "create", "--name", "In the backup", "--role", "member").returncode == 0
        copy = tmp_path / "copy.db"
        if not settings.ENVIRONMENT.is_sqlite and shutil.which("pg_dump") is None:
            assert "pg_dump" in run("backup", str(copy)).stderr
            return
        done = run("backup", str(copy))
        if settings.ENVIRONMENT.is_sqlite:
            assert done.returncode == 0, done.stderr
            assert "In the backup" in run("api-key", "list", DATABASE_URL=f"sqlite:///{copy}").stdout
            assert modes(copy) == {0o600}
            again = run("backup", str(copy), "--json")
            assert (again.returncode, "exists" in again.stderr) == (1, True)
        else:
            # An older pg_dump refuses a newer server, in a sentence and without half a file.
            assert (done.returncode == 0) == copy.exists(), done.stderr

    def test_a_terminal_sees_it_work_and_stdout_has_one_object(self, environment, run, tmp_path):
        if not settings.ENVIRONMENT.is_sqlite and shutil.which("pg_dump") is None:
            pytest.skip("pg_dump is not installed")
        assert run("migrate", "--verbosity", "0").returncode == 0
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [COMMAND, "backup", "copy.db", "--json"],
            env=environment | {"TERM": "xterm"},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
        out, _ = process.communicate(timeout=60)
        os.close(theirs)
        shown = os.read(ours, 65536).decode()
        os.close(ours)
        assert "Copying the database" in shown
        if process.returncode == 0:
            size = (tmp_path / "copy.db").stat().st_size
            assert json.loads(out) == {"file": str(tmp_path / "copy.db"), "bytes": size}


class TestServe:
    def test_starts_answers_and_ends_and_finds_everything_again(self, environment, tmp_path, run, port):
        for _ in range(2):
            command = [COMMAND, "serve", "--port", str(port), "--migrate"]
            server = subprocess.Popen(
                command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                deadline = time.monotonic() + 30
                while not ready(port):
                    assert server.poll() is None, "the server ended by itself"
                    assert time.monotonic() < deadline, "the server was not ready in time"
                    time.sleep(0.05)
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/clerk/users", data=b"{}", timeout=5)
                assert refused.value.code == 503, "no secret is configured"
                refused.value.close()
                if settings.ENVIRONMENT.is_sqlite:
                    # What others could read when it started the second time was corrected.
                    assert modes(*tmp_path.glob("leadkeeper.db*")) == {0o600}
            finally:
                server.send_signal(signal.SIGTERM)
                assert server.wait(15) == 0
            for path in tmp_path.glob("leadkeeper.db*"):
                path.chmod(0o644)
        keys = run("api-key", "list")
        assert keys.returncode == 0, keys.stderr
