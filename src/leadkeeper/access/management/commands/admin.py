"""`leadkeeper admin create`: the first administrator, and the way back when none is left."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from leadkeeper.access.administrators import make_administrator
from leadkeeper.team.errors import Refused
from leadkeeper.team.organizations import home


class Command(BaseCommand):
    help = "Make a local administrator, or give somebody who is here that role"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="create")
        create = actions.add_parser("create", help="by e-mail; owner where the organization has no active one")
        create.add_argument("email", metavar="EMAIL")
        create.add_argument("--name", default="", help="how the person is called; else by the e-mail")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            with transaction.atomic():
                membership = make_administrator(home(), email, name=name)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        person = membership.user
        self.stdout.write(f"{person.name} is {membership.role} here. To sign in: leadkeeper sign-in-link {person.id}")
        self.stdout.write(str(person.id))
