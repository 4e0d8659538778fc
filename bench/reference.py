"""The Node reference: the usual recipe for a webhook door, kept in bench/node_reference/."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.events import SECRET
from bench.server_process import Server, free_port, server
from tools.postgres import Database

FOLDER = Path(__file__).parent / "node_reference"


class UnavailableError(Exception):
    """Why there is no reference on this machine."""


def install() -> None:
    """`npm ci`, once; a minute where the SQLite driver has no prebuilt binary and is compiled."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise UnavailableError("node and npm are not installed")
    if (FOLDER / "node_modules" / ".package-lock.json").exists():
        return
    print("Installing the Node reference (once, about a minute) …", flush=True)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"],
        cwd=FOLDER,
        env=os.environ | local_node_headers(),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise UnavailableError(f"npm ci failed: {done.stderr.strip().splitlines()[-1:]}")


def local_node_headers() -> dict[str, str]:
    """Compile against the headers beside node, where there are any, instead of downloading them."""
    prefix = Path(os.path.realpath(shutil.which("node") or "")).parent.parent
    return {"npm_config_nodedir": str(prefix)} if (prefix / "include/node/node.h").exists() else {}


@contextmanager
def reference_server(database: Path | Database, log: Path) -> Iterator[Server]:
    """Serving `POST /clerk/users` on a new SQLite file or an empty PostgreSQL database."""
    install()
    port = free_port()
    where = database.environment if isinstance(database, Database) else {"SQLITE_PATH": str(database)}
    environment = os.environ | where | {"NODE_ENV": "production", "PORT": str(port), "CLERK_WEBHOOK_SECRET": SECRET}
    if isinstance(database, Database):
        environment.pop("SQLITE_PATH", None)
    with server(
        ["node", str(FOLDER / "server.js")],
        port=port,
        ready_path="/health/ready",
        environment=environment,
        log=log,
    ) as running:
        yield running
