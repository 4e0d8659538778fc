"""`leadkeeper worker`: background work for a PostgreSQL installation."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from leadkeeper.project.background import Background


class Command(BaseCommand):
    help = "Do background work: sweeps, rechecks, pruning"
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.is_sqlite:
            raise CommandError("On SQLite background work runs inside 'leadkeeper serve'; no worker is needed.")
        background = Background(inside_server=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: background.stop())
        background.start()
        background.wait()
