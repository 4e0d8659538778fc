"""The list of leads as its page shows it: what it is narrowed to, one page of it, and how many there are."""

import uuid
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format

from leadkeeper.leads.models import Lead, LeadCount, Stage
from leadkeeper.leads.search import NEWEST_FIRST, search
from leadkeeper.team.errors import Invalid
from leadkeeper.team.paging import page
from leadkeeper.team.viewer import Viewer

LEADS_A_PAGE: Final = 50
COUNTED_UP_TO: Final = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to, as its address says. What makes no sense there is as if it were not there."""

    q: str = ""
    stage: str = ""
    assigned_to: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, given: QueryDict, viewer: Viewer) -> "Filters":
        stage = given.get("stage", "")
        return cls(
            q=given.get("q", "").strip(),
            stage=stage if stage in Stage.values else "",
            assigned_to=_known_person(given.get("assigned_to", ""), viewer),
            cursor=given.get("cursor", ""),
        )

    @property
    def narrow(self) -> bool:
        return bool(self.q or self.stage or self.assigned_to)

    def person_id(self, viewer: Viewer) -> uuid.UUID | None:
        """The person whose leads are shown, where it is one."""
        if self.assigned_to in ("", "none"):
            return None
        return viewer.person_id if self.assigned_to == "me" else uuid.UUID(self.assigned_to)

    @property
    def address(self) -> str:
        names = ("q", "stage", "assigned_to", "cursor")
        query = urlencode({name: getattr(self, name) for name in names if getattr(self, name)})
        return reverse("leads") + (f"?{query}" if query else "")

    def of_person(self, assigned_to: str) -> "Filters":
        """The same for the leads of others, from the newest on."""
        return replace(self, assigned_to=assigned_to, cursor="")

    def at(self, cursor: str | None) -> "Filters":
        return replace(self, cursor=cursor or "")


def _known_person(text: str, viewer: Viewer) -> str:
    if text in ("", "me", "none"):
        return text
    try:
        person_id = uuid.UUID(text)
    except ValueError:
        return ""
    return "me" if person_id == viewer.person_id else str(person_id)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `previous` and `next` are addresses."""

    filters: Filters
    leads: list[Lead]
    previous: str | None
    next: str | None
    count: int

    @property
    def count_words(self) -> str:
        """The number in the reader's form; of a search that finds very many `1,000+`."""
        if self.filters.q and self.count > COUNTED_UP_TO:
            return f"{number_format(COUNTED_UP_TO, force_grouping=True)}+"
        return number_format(self.count, force_grouping=True)


def listing(viewer: Viewer, filters: Filters) -> Listing:
    """The leads behind these filters, newest first."""
    found = search(viewer, query=filters.q, stage=filters.stage, assigned_to=filters.assigned_to)
    try:
        shown = page(found, NEWEST_FIRST, limit=LEADS_A_PAGE, cursor=filters.cursor)
    except Invalid:
        filters = filters.at(None)
        shown = page(found, NEWEST_FIRST, limit=LEADS_A_PAGE, cursor=None)
    previous = None
    if filters.cursor:
        # Walking back from here, the next page begins where the page before this one does.
        back = page(found, replace(NEWEST_FIRST, descending=False), limit=LEADS_A_PAGE, cursor=filters.cursor)
        previous = filters.at(back.next).address
    following = filters.at(shown.next).address if shown.next else None
    count = _count(found, viewer, filters)
    return Listing(filters, shown.rows, previous, following, count)


def kept_counts(viewer: Viewer) -> dict[str, int]:
    """How many leads there are in `all`, how many are `mine`, and how many are `nobodys`."""
    of = LeadCount.objects.filter(organization_id=viewer.organization_id).aggregate
    sums = of(
        all=Sum("leads"),
        mine=Sum("leads", filter=Q(responsible=viewer.person_id)),
        nobodys=Sum("leads", filter=Q(responsible=LeadCount.NOBODY)),
    )
    return {name: number or 0 for name, number in sums.items()}


def _count(found: QuerySet[Lead], viewer: Viewer, filters: Filters) -> int:
    """Exact where it is kept; of a search at most one more than is counted."""
    if filters.q:
        return found[: COUNTED_UP_TO + 1].count()
    kept = LeadCount.objects.filter(organization_id=viewer.organization_id)
    if filters.stage:
        kept = kept.filter(stage=filters.stage)
    if filters.assigned_to:
        kept = kept.filter(responsible=filters.person_id(viewer) or LeadCount.NOBODY)
    return kept.aggregate(leads=Sum("leads"))["leads"] or 0
