"""`leadkeeper worker`: background work for a PostgreSQL installation."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from leadkeeper.project.background import Background


class Command(BaseCommand):
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.is_sqlite:
            raise CommandError(_("On SQLite background work runs inside 'leadkeeper serve'; no worker is needed."))
        background = Background(inside_server=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: background.stop())
        background.start()
        background.wait()
