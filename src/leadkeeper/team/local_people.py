"""People who are known only here, for teams without a directory: added, turned off and on again by hand."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from leadkeeper.live.announce import announce
from leadkeeper.storage.email_addresses import cleaned_email
from leadkeeper.storage.errors import Conflict, FieldError, Invalid, NotAllowed, Refusals
from leadkeeper.storage.visible_text import visible
from leadkeeper.storage.words import searchable, sortable
from leadkeeper.team.manage import lock_membership, require_successor
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.roles import May, Role
from leadkeeper.team.signals import WhyInactive, people_departed, people_returned
from leadkeeper.team.viewer import Viewer


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """Somebody to be added; the e-mail may be missing."""

    name: str
    email: str
    role: Role


def add_person(person: NewPerson, *, by: Viewer, refused: Iterable[FieldError] = ()) -> Membership:
    """Make a local person with a role set here. Whoever shares an e-mail with somebody here is refused.

    `refused`: what was wrong already when the person was read. Raises NotAllowed, and Invalid with all that is wrong.
    """
    by.require(May.MANAGE)
    refusals = Refusals(refused)
    name = visible(person.name)
    if not name:
        refusals.add(FieldError("name", _("Enter a name.")))
    email = ""
    with refusals:
        email = checked_email(person.email) if cleaned_email(person.email) else ""
        _require_unknown(email, by)
    refusals.raise_any()
    if person.role is Role.OWNER and by.role is not Role.OWNER:
        raise NotAllowed(_("Only an owner can give or take the role of owner."))
    membership = make_local_person(by.organization, name=name, email=email)
    membership.role_set_here, membership.role_set_by_id = person.role, by.person_id
    membership.save(update_fields=["role_set_here", "role_set_by"])
    announce(by.organization_id, ["team"])
    return membership


def make_local_person(organization: Organization, *, name: str, email: str) -> Membership:
    """Somebody the directory knows nothing of, and will never touch; without a role of their own yet."""
    id_ = uuid.uuid4()
    name = name[:255]
    user = User.objects.create(id=id_, username=id_.hex, name=name, email=email)
    return Membership.objects.create(
        organization=organization, user=user, folded_name=sortable(name), words=searchable(name, email)
    )


def checked_email(text: str) -> str:
    """The address as it is kept. Raises Invalid."""
    email = cleaned_email(text)
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("email", _("%s is not a valid e-mail address.") % email) from None
    if len(email) > 254:
        raise Invalid("email", _("An e-mail address has at most 254 characters."))
    return email


def deactivate(user_id: uuid.UUID, *, by: Viewer) -> Membership:
    """Turn a local person off: they are out at once, whatever session or key they hold.

    Their leads go where the organization's policy says. Raises NotFound, NotAllowed, and Conflict where nobody would
    be left to run the organization.
    """
    membership = may_leave(user_id, by=by)
    if turn(membership, on=False):
        tell_of_departure(membership, WhyInactive.DEACTIVATED, by=by)
    return membership


def reactivate(user_id: uuid.UUID, *, by: Viewer) -> Membership:
    """Turn a local person on again, with the role they had. Raises NotFound, NotAllowed and Conflict."""
    membership = _local(user_id, by)
    if membership.role is Role.OWNER and by.role is not Role.OWNER:
        raise NotAllowed(_("Only an owner can reactivate an owner."))
    if turn(membership, on=True):
        people_returned.send(Membership, organization_id=membership.organization_id, returned=[user_id])
    return membership


def may_leave(user_id: uuid.UUID, *, by: Viewer) -> Membership:
    """The local person, locked, when they may be turned off; raises what `deactivate` raises."""
    membership = _local(user_id, by)
    if user_id == by.person_id:
        raise NotAllowed(_("You cannot deactivate yourself."))
    if membership.role is Role.OWNER and by.role is not Role.OWNER:
        raise NotAllowed(_("Only an owner can deactivate an owner."))
    if membership.active:
        require_successor(membership, before=membership.role, after=None)
    return membership


def turn(membership: Membership, *, on: bool) -> bool:
    """Whether that changed anything. Saying who left or came back is the caller's."""
    if membership.active == on:
        return False
    user = User.objects.filter(pk=membership.user_id)
    # As when the directory turns somebody off: their sessions end, also those that would come back to life.
    user.update(is_active=on, session_generation=F("session_generation") + (0 if on else 1))
    membership.active = on
    membership.save(update_fields=["active"])
    announce(membership.organization_id, ["team"])
    return True


def tell_of_departure(membership: Membership, why: WhyInactive, *, by: Viewer) -> None:
    """Say it in the transaction that turned them off."""
    departed = {membership.user_id: why}
    people_departed.send(Membership, organization_id=membership.organization_id, departed=departed, by=by)


def _local(user_id: uuid.UUID, by: Viewer) -> Membership:
    by.require(May.MANAGE)
    membership = lock_membership(user_id, by, in_turn=True)
    if membership.user.clerk_id is not None:
        raise Conflict(_("The directory decides whether this person is active."))
    return membership


def _require_unknown(email: str, by: Viewer) -> None:
    people = Membership.objects.visible_to(by).select_related("user").alias(email=Lower("user__email"))
    known = people.filter(email=email.lower()).first() if email else None
    if known:
        raise Invalid("email", _("%(name)s already has this e-mail address.") % {"name": known.user})
