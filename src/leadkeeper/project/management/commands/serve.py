"""`leadkeeper serve`: pages, API, webhook door and live updates; on SQLite background work too."""

import errno
import logging
import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any, Final, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.translation import gettext as _

from leadkeeper.project import data_folder, schema
from leadkeeper.project.connections import PORT_VARIABLE, allow_many_files, most_accepted
from leadkeeper.project.environment import is_short
from leadkeeper.web.packing.errors import PackingError
from leadkeeper.web.packing.pack import IS_CHECKOUT, is_current, pack

APPLICATION: Final = "leadkeeper.project.asgi:app"
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on (default 127.0.0.1)"))
        parser.add_argument("--port", type=int, default=8000, help=_("port to listen on (default 8000)"))
        parser.add_argument("--workers", type=int, default=1, help=_("web processes; above 1 only on PostgreSQL"))
        parser.add_argument("--migrate", action="store_true", help=_("bring the schema up to date first"))

    def handle(self, *args: Any, host: str, port: int, workers: int, migrate: bool, **options: Any) -> None:
        if workers < 1:
            raise CommandError(_("--workers: at least 1."))
        if workers > 1 and settings.ENVIRONMENT.is_sqlite:
            raise CommandError(
                _(
                    "--workers above 1 needs PostgreSQL: several processes that write to one SQLite file starve each "
                    "other. Set DATABASE_URL=postgres://…, or leave --workers at 1."
                )
            )
        _require_free_port(host, port)
        data_folder.prepare(may_make=True)
        schema.ensure(migrate=migrate)
        data_folder.close_to_others()
        if any(map(is_short, settings.CLERK_WEBHOOK_SECRETS)):
            logger.warning("CLERK_WEBHOOK_SECRET is shorter than Clerk's secrets are: a part of it may be missing")
        _pack_what_pages_load()
        _become_server(host, port, workers)


def _require_free_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise CommandError(_("--port: from 1 to 65535.")) from None
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise CommandError(
                    _("%(host)s is no address of this machine: %(problem)s. Choose another with --host.")
                    % {"host": host, "problem": error.strerror}
                ) from None
            raise CommandError(
                _("Port %(port)d on %(host)s cannot be used: %(problem)s. Choose another with --port.")
                % {"port": port, "host": host, "problem": error.strerror}
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
    accepted = most_accepted(allow_many_files())
    options = {
        "--interface": "asgi",
        # What browsers speak is the business of the proxy in front. Streams of HTTP/2 that stall hold up a restart.
        "--http": "1",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--workers-kill-timeout": "10",
        # Connections that wait to be accepted, and that are accepted. Above half as many the longest silent are closed
        # (project/connections.py), so that silence never keeps anybody out.
        "--backlog": "2048",
        "--backpressure": str(accepted),
        # For a head to come whole, the first one as well as the next one on the same connection.
        "--http1-header-read-timeout": "30000",
        # So much is held for each connection: a head with the longest address that is read (64 KiB).
        "--http1-buffer-size": "73728",
    }
    arguments = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "granian", *arguments, "--respawn-failed-workers", "--no-ws", APPLICATION]
    os.environ[PORT_VARIABLE] = str(port)
    os.execv(sys.executable, command)  # noqa: S606  (no shell, and nothing of it comes from outside)
