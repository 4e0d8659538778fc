"""Who is asking, or acting: a person, an API key, or the system itself. Everything asks it what it may do."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.storage.errors import NotAllowed
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import RIGHTS, May, Role

# The set to which `Viewer.require` adds, while somebody wants to know.
_required: Final[ContextVar[set[May] | None]] = ContextVar("required_rights", default=None)


class Kind(StrEnum):
    PERSON = "person"
    KEY = "key"
    SYSTEM = "system"


@dataclass(frozen=True)
class Viewer:
    """One asker in one organization. `person_id` is the user's id, or None for a key or the system; `maker_id` that of
    whoever made the key."""

    organization: Organization
    kind: Kind
    role: Role
    name: str
    person_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    maker_id: uuid.UUID | None = None
    email: str = ""
    avatar_url: str = ""
    # Of the browser, where it has said so.
    zone: ZoneInfo | None = None

    @classmethod
    def of(cls, membership: Membership) -> "Viewer":
        """The person of a membership; organization and user must be loaded with it."""
        return cls(
            organization=membership.organization,
            kind=Kind.PERSON,
            role=membership.role,
            name=membership.user.name,
            person_id=membership.user_id,
            email=membership.user.email,
            avatar_url=membership.user.picture_url,
        )

    @classmethod
    def system(cls, organization: Organization) -> "Viewer":
        """Background work and the command line, which may do everything."""
        return cls(organization=organization, kind=Kind.SYSTEM, role=Role.OWNER, name="Leadkeeper")

    @property
    def organization_id(self) -> uuid.UUID:
        return self.organization.id

    def earliest_today(self) -> date:
        """The day that it is where the viewer is, or in the organization's zone, whichever is the earlier."""
        today = self.organization.today()
        return min(today, timezone.localdate(timezone=self.zone)) if self.zone else today

    @property
    def id(self) -> uuid.UUID | None:
        """Id of the person or key; None for the system."""
        return self.person_id or self.key_id

    def may(self, right: May) -> bool:
        return right in RIGHTS[self.role]

    def require(self, right: May) -> None:
        """Raises NotAllowed when the role does not give the right."""
        required = _required.get()
        if required is not None:
            required.add(right)
        if not self.may(right):
            raise NotAllowed(refusal(right))

    @property
    def sees_all_leads(self) -> bool:
        """Whether the leads of others exist for this viewer, too."""
        return self.organization.shows_all_leads_to(self.role)

    @property
    def assigns_anybody(self) -> bool:
        """Whether this viewer, where they may change leads at all, may give them to others."""
        return self.organization.lets_assign_anybody(self.role)

    @property
    def may_edit_leads(self) -> bool:
        return self.may(May.EDIT_LEADS)

    @property
    def may_manage(self) -> bool:
        return self.may(May.MANAGE)

    @property
    def may_plan(self) -> bool:
        return self.may(May.PLAN)

    @property
    def may_transfer(self) -> bool:
        return self.may(May.TRANSFER)


@contextmanager
def required_rights() -> Iterator[set[May]]:
    """The rights that are required inside: who is to be given the same answer later must have them then, too."""
    required: set[May] = set()
    token = _required.set(required)
    try:
        yield required
    finally:
        _required.reset(token)


def refusal(right: May) -> str:
    """Why a right is missing, in the reader's language."""
    return {
        May.SEE_LEADS: _("Your role may not see leads."),
        May.EDIT_LEADS: _("Your role may not create or change leads."),
        May.BE_RESPONSIBLE: _("Your role may not be responsible for leads."),
        May.TRANSFER: _("Only owners, administrators and managers may move leads in bulk."),
        May.PLAN: _("Only owners, administrators and managers may set this for others."),
        May.MANAGE: _("Only owners and administrators may do this."),
    }[right]
