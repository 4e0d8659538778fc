"""`leadkeeper sign-in-link`: let a person in who has no other way."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from leadkeeper.access.sign_in_link import fetch_if_unknown, make_link, person_called
from leadkeeper.storage.errors import Refused
from leadkeeper.team.organizations import home


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="EMAIL|ID", help=_("the person's e-mail, or an id of theirs"))

    def handle(self, *args: Any, person: str, **options: Any) -> None:
        try:
            fetch_if_unknown(person)
            with transaction.atomic():
                membership = person_called(person, home())
                link = make_link(membership.user)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            _("Signs in %(name)s (%(role)s), once, within 15 minutes:")
            % {"name": membership.user, "role": membership.role}
        )
        self.stdout.write(link)
