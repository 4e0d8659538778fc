"""`leadkeeper doctor`: is everything as it should be, and what to do where it is not?"""

import logging
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from leadkeeper.leads.load import recount
from leadkeeper.project import data_folder, schema
from leadkeeper.project.doctor import examine
from leadkeeper.project.findings import tell
from leadkeeper.team.organizations import home


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("print one JSON object on stdout"))
        parser.add_argument("--recount", action="store_true", help=_("first correct the kept counters of leads"))

    def handle(self, *args: Any, json: bool, recount: bool, **options: Any) -> None:
        # A server that is away is told soon, and in a line of ours rather than also in the log.
        os.environ.setdefault("PGCONNECT_TIMEOUT", "5")
        logging.disable(logging.CRITICAL)
        try:
            if recount:
                _correct_counters()
            well = tell(examine(), sys.stdout, as_json=json)
        finally:
            logging.disable(logging.NOTSET)
        sys.exit(0 if well else 1)


def _correct_counters() -> None:
    data_folder.prepare(may_make=False)
    schema.ensure()
    with transaction.atomic():
        recount(home())
