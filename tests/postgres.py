"""The PostgreSQL that a run of the tests has to itself, and fresh databases on it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tools.postgres import Postgres, bundled, postgres

# What is under test with these survives no power cut. Every test process keeps connections, and some tests hundreds.
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


@contextmanager
def server_of_the_run(folder: Path) -> Iterator[Postgres]:
    """The server of the wheel, which is the same on every machine."""
    with postgres(folder, programs=bundled(), settings=_SETTINGS) as server:
        yield server


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
