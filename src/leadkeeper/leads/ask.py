"""Ask for a lead: whoever is responsible for it is told."""

import uuid
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.leads.models import Lead
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.leads.notifications.notify import of_asking
from leadkeeper.storage.errors import Conflict, NotAllowed, NotFound
from leadkeeper.team import roles
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

ONCE_IN: Final = timedelta(days=1)


def ask_for(lead_id: uuid.UUID, *, by: Viewer) -> bool:
    """Whether somebody was told: not again within a day. Works for a lead that is hidden from the asker, too.

    Where the responsible person has left, those who transfer leads are told instead. Raises NotAllowed, NotFound,
    and Conflict for a lead that may simply be taken.
    """
    by.require(May.EDIT_LEADS)
    if by.person_id is None:
        raise NotAllowed(_("Only people can ask for leads, not API keys."))
    leads = Lead.objects.filter(organization_id=by.organization_id, deleted_at__isnull=True)
    # Locked, so that of two clicks one comes second.
    lead = leads.select_for_update().filter(pk=lead_id).first()
    if lead is None:
        raise NotFound(_("This lead does not exist, or you may not see it."))
    if lead.assigned_to_id is None:
        raise Conflict(_("Nobody is responsible for this lead: take it."))
    if lead.assigned_to_id == by.person_id:
        raise Conflict(_("You are already responsible for this lead."))
    asked = Notification.objects.filter(kind=Notification.Kind.ASKED, lead=lead.pk, by_id=by.person_id)
    if asked.filter(at__gt=timezone.now() - ONCE_IN).exists():
        return False
    of_asking(lead.pk, lead.name, _asked(lead.assigned_to_id, by), by)
    return True


def _asked(responsible: uuid.UUID, by: Viewer) -> list[uuid.UUID]:
    here = Membership.objects.visible_to(by).active()
    if here.filter(user_id=responsible).exists():
        return [responsible]
    return list(here.in_role(*roles.LEADING).values_list("user_id", flat=True))
