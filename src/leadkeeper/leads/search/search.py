"""Finding leads."""

import uuid
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from leadkeeper.leads.choices import Source, Stage
from leadkeeper.leads.models import Lead, LeadQuerySet
from leadkeeper.leads.search.newest import Found
from leadkeeper.leads.search.read_query import read_query
from leadkeeper.storage.errors import Invalid, not_one_of
from leadkeeper.storage.unset import UNSET
from leadkeeper.storage.words import matches, require_short
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer

OPEN: Final = "open"


def search(
    viewer: Viewer, *, query: str = "", stage: str = "", assigned_to: str = "", source: str = ""
) -> LeadQuerySet:
    """The leads that the viewer may see, narrowed by what is given. Raises Invalid for what makes no sense.

    Every word of the query begins a word of name or e-mail, or the digits of the phone number. `stage` is one, or
    `open` for those that are neither won nor lost. `assigned_to` is `me`, `none`, or a person's id.
    """
    viewer.require(May.SEE_LEADS)
    require_short(query)
    leads = _narrowed(Lead.objects.visible_to(viewer), stage, source)
    leads = leads.filter(reduce(or_, (matches("words", reading) for reading in _readings(query, viewer))))
    return leads.filter(assigned_to=known_responsible(assigned_to, viewer)) if assigned_to else leads


def find_newest(
    viewer: Viewer, *, query: str = "", stage: str = "", assigned_to: str = "", source: str = ""
) -> tuple[Found, ...]:
    """The same leads, to be paged through and counted; each of them is in one of the parts."""
    viewer.require(May.SEE_LEADS)
    require_short(query)
    whose = known_responsible(assigned_to, viewer) if assigned_to else UNSET
    parts = Lead.objects.visible_parts(viewer, whose)
    found = []
    for reading, earlier in _each_with_those_before(_readings(query, viewer)):
        found += [
            Found(_narrowed(part, stage, source).filter(*earlier), reading, of_nobody=of is None)
            for of, part in parts.items()
        ]
    return tuple(found)


def _readings(query: str, viewer: Viewer) -> tuple[str, ...]:
    return read_query(query, viewer.organization.phone_country)


def _each_with_those_before(readings: tuple[str, ...]) -> Iterator[tuple[str, list[Q]]]:
    """Each reading, with the conditions that leads do not match one of those before it."""
    for number, reading in enumerate(readings):
        yield reading, [~matches("words", earlier) for earlier in readings[:number]]


def _narrowed(leads: LeadQuerySet, stage: str, source: str) -> LeadQuerySet:
    if stage == OPEN:
        leads = leads.open()
    elif stage:
        if stage not in Stage.values:
            raise Invalid("stage", not_one_of(Stage.values))
        leads = leads.filter(stage=stage)
    if source:
        if source not in Source.values:
            raise Invalid("source", not_one_of(Source.values))
        leads = leads.filter(source=source)
    return leads


def known_responsible(text: str, viewer: Viewer) -> uuid.UUID | None:
    """Whose leads are meant by `me`, `none` (None), or a person's id. Raises Invalid."""
    if text == "none":
        return None
    if text == "me":
        if viewer.person_id is None:
            raise Invalid("assigned_to", _("“me” means a person: an API key cannot use it."))
        return viewer.person_id
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Invalid("assigned_to", _("Give “me”, “none”, or the id of a person.")) from None
