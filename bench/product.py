"""Leadkeeper itself, on a database and a folder of its own, with nothing else running on its schedule."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.events import SECRET
from bench.server_process import Server, free_port, server
from tools.postgres import Postgres

COMMAND = Path(sys.executable).parent / "leadkeeper"
SETTINGS = ("DATABASE_URL", "SECRET_KEY", "CLERK_", "LEADKEEPER_", "DIRECTORY_", "OIDC_", "DJANGO_")
SQLITE = "SQLite FULL"
POSTGRESQL = "PostgreSQL"
DATABASES = (SQLITE, POSTGRESQL)


class CommandFailedError(Exception):
    """A command of the product did not do what it was asked, with what it wrote."""


@dataclass(frozen=True)
class Product:
    database: str
    folder: Path
    port: int
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """What a command writes to its standard output."""
        done = subprocess.run(
            [str(COMMAND), *arguments],
            env=dict(self.environment),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise CommandFailedError(f"leadkeeper {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def migrate(self) -> None:
        self.run("migrate")

    def api_key(self) -> str:
        return self.run("api-key", "create", "--name", "bench", "--role", "admin").splitlines()[-1].strip()

    def serve(self, *, workers: int = 1) -> AbstractContextManager[Server]:
        """Ready to answer; more than one worker on PostgreSQL alone."""
        migrate = ["--migrate"] if self.database == POSTGRESQL else []
        return server(
            [str(COMMAND), "serve", "--port", str(self.port), "--workers", str(workers), *migrate],
            port=self.port,
            ready_path="/health/ready",
            environment=self.environment,
            log=self.folder / "serve.log",
        )


@contextmanager
def product(database: str, folder: Path, postgres: Postgres, *, directory_url: str | None = None) -> Iterator[Product]:
    """Leadkeeper with an empty, migrated database of that kind; its people come from `directory_url`."""
    if not COMMAND.exists():
        raise CommandFailedError(f"{COMMAND} is missing: run `make install` first")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as home:
        port = free_port()
        if database == SQLITE:
            url = f"sqlite:///{Path(home).resolve() / 'leadkeeper.db'}"
        else:
            url = postgres.fresh_database("leadkeeper").url
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
        ours = {
            "DATABASE_URL": url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "LEADKEEPER_URL": f"http://127.0.0.1:{port}",
            "CLERK_WEBHOOK_SECRET": SECRET,
            "DIRECTORY_RECONCILE_HOURS": "0",
            "DIRECTORY_CATCHUP_MINUTES": "0",
        }
        if directory_url:
            ours |= {"CLERK_API_URL": directory_url, "CLERK_SECRET_KEY": "sk_test_bench"}
        made = Product(database, Path(home), port, inherited | ours)
        made.migrate()
        yield made
