"""`leadkeeper serve`: pages, API, webhook door and live updates; on SQLite background work too."""

import logging
import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any, Final, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from leadkeeper.project import schema
from leadkeeper.web.packing.errors import PackingError
from leadkeeper.web.packing.pack import IS_CHECKOUT, is_current, pack

APPLICATION: Final = "leadkeeper.project.asgi:app"
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Start the product"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
        parser.add_argument("--workers", type=int, default=1, help="web processes; above 1 only on PostgreSQL")
        parser.add_argument("--migrate", action="store_true", help="bring the schema up to date first")

    def handle(self, *args: Any, host: str, port: int, workers: int, migrate: bool, **options: Any) -> None:
        if workers < 1:
            raise CommandError("--workers: at least 1.")
        if workers > 1 and settings.ENVIRONMENT.is_sqlite:
            raise CommandError(
                "--workers above 1 needs PostgreSQL: several processes that write to one SQLite file starve each "
                "other. Set DATABASE_URL=postgres://…, or leave --workers at 1."
            )
        _require_free_port(host, port)
        schema.ensure(migrate=migrate)
        _pack_what_pages_load()
        _become_server(host, port, workers)


def _require_free_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} cannot be used: {error.strerror}. Choose another with --port."
            ) from None


def _pack_what_pages_load() -> None:
    """In a checkout whose styles or scripts were changed. Where that fails, pages load the sources."""
    if not IS_CHECKOUT or is_current():
        return
    try:
        pack()
    except (PackingError, OSError) as error:
        logger.warning("styles and scripts not packed", extra={"reason": str(error)})


def _become_server(host: str, port: int, workers: int) -> NoReturn:
    """Replace this process by the server's: what watches over the workers needs none of Django's 50 MB."""
    connections.close_all()
    options = {
        "--interface": "asgi",
        # What browsers speak is the business of the proxy in front. Streams of HTTP/2 that stall hold up a restart.
        "--http": "1",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--workers-kill-timeout": "10",
        "--backlog": "2048",
    }
    arguments = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "granian", *arguments, "--respawn-failed-workers", "--no-ws", APPLICATION]
    os.execv(sys.executable, command)  # noqa: S606  (no shell, and nothing of it comes from outside)
