"""`leadkeeper admin create`: the first administrator, and the way back when none is left."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from leadkeeper.access.administrators import make_administrator
from leadkeeper.storage.errors import Refused
from leadkeeper.team.organizations import home


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="create")
        create = actions.add_parser("create", help=_("owner where the organization has no active one"))
        create.add_argument("person", metavar="EMAIL|ID", help=_("the person's e-mail, or an id of theirs"))
        create.add_argument(
            "--name", default="", help=_("name of somebody who is new here; without it, taken from the e-mail")
        )

    def handle(self, *args: Any, person: str, name: str, **options: Any) -> None:
        try:
            with transaction.atomic():
                membership = make_administrator(home(), person, name=name)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        user = membership.user
        self.stdout.write(
            _("%(name)s is %(role)s here. To sign in: leadkeeper sign-in-link %(id)s")
            % {"name": user, "role": membership.role, "id": user.id}
        )
        self.stdout.write(str(user.id))
