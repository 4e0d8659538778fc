"""Finding leads."""

import uuid
from typing import Final

from django.utils.translation import gettext as _

from leadkeeper.leads.fields import storable
from leadkeeper.leads.models import Lead, LeadQuerySet, Stage
from leadkeeper.leads.phone import typed_digits
from leadkeeper.team.errors import Invalid
from leadkeeper.team.paging import Order, moment
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

NEWEST_FIRST: Final = Order("created_at", "id", read=moment, descending=True)


def search(
    viewer: Viewer, *, query: str = "", stage: str = "", assigned_to: str = "", source: str = ""
) -> LeadQuerySet:
    """The leads that the viewer may see, narrowed by what is given. Raises Invalid for what makes no sense.

    Every word of the query begins a word of name or e-mail, or the digits of the phone number. `assigned_to` is
    `me`, `none`, or a person's id.
    """
    viewer.require(May.SEE_LEADS)
    # Of a phone number the parts are one word, however it is written.
    leads = Lead.objects.visible_to(viewer).matching(typed_digits(query) or query)
    if stage:
        if stage not in Stage.values:
            raise Invalid("stage", _("There is no such stage."))
        leads = leads.filter(stage=stage)
    if source := storable(source):
        leads = leads.filter(source=source)
    if assigned_to:
        leads = leads.filter(assigned_to=_responsible(assigned_to, viewer))
    return leads


def _responsible(text: str, viewer: Viewer) -> uuid.UUID | None:
    if text == "none":
        return None
    if text == "me":
        if viewer.person_id is None:
            raise Invalid("assigned_to", _("“me” is for people, and this key is none."))
        return viewer.person_id
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Invalid("assigned_to", _("Give “me”, “none”, or the id of a person.")) from None
