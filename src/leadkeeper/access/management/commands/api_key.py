"""`leadkeeper api-key`: make, list and revoke the keys that programs use."""

import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from leadkeeper.access.keys import create_key, keys_of, revoke_key
from leadkeeper.storage.errors import Refused
from leadkeeper.team.organizations import home
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|revoke")
        create = actions.add_parser("create", help=_("create a key; it is shown once, on the last line"))
        create.add_argument("--name", required=True, help=_("what the key is for"))
        create.add_argument("--role", required=True, choices=[role.value for role in Role])
        actions.add_parser("list", help=_("list all keys"))
        revoke = actions.add_parser("revoke", help=_("revoke a key for good"))
        revoke.add_argument("id", type=uuid.UUID, help=_("the key's id, as 'list' shows it"))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            with transaction.atomic():
                {"create": self._create, "list": self._list, "revoke": self._revoke}[action](options)
        except Refused as refused:
            raise CommandError(str(refused)) from None

    def _create(self, options: dict[str, Any]) -> None:
        key, text = create_key(home(), name=options["name"], role=Role(options["role"]), by=None)
        self.stdout.write(
            _("API key '%(name)s' with role %(role)s, id %(id)s. It is not shown again:")
            % {"name": key.name, "role": key.role, "id": key.id}
        )
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        for key in keys_of(Viewer.system(home())):
            used = _("last used %s UTC") % f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else _("never used")
            state = _("revoked") if key.revoked_at else used
            self.stdout.write(f"{key.id}  {key.role:<8}  {state:<32}  {key.name}")

    def _revoke(self, options: dict[str, Any]) -> None:
        key = revoke_key(options["id"], by=Viewer.system(home()))
        self.stdout.write(_("API key '%s' is revoked.") % key.name)
