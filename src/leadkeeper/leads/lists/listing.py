"""The list of leads as its page shows it: what it is narrowed to, one page of it, and how many there are."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from leadkeeper.leads.choices import OPEN_STAGES, Source, Stage
from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.leads.search.newest import NEWEST_FIRST, count_up_to, first_page
from leadkeeper.leads.search.search import OPEN, find_newest
from leadkeeper.leads.views.models import SavedView
from leadkeeper.storage.errors import Invalid
from leadkeeper.storage.visible_text import storable
from leadkeeper.storage.words import LONGEST_QUERY
from leadkeeper.team.viewer import Viewer

LEADS_A_PAGE: Final = 50
COUNTED_UP_TO: Final = 1000
NARROWING: Final = ("q", "stage", "assigned_to", "source")
ANY_STAGE: Final = "any"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to, as its address says. What makes no sense there is as if it were not there."""

    q: str = ""
    # One stage, ANY_STAGE, or empty for open leads.
    stage: str = ""
    assigned_to: str = ""
    source: str = ""
    # The id of the saved view from which these filters come, whatever was changed since.
    view: str = ""
    cursor: str = ""
    # How many leads were shown on the pages before, as the links between pages say it.
    before: int = 0

    @classmethod
    def of(cls, given: QueryDict, viewer: Viewer) -> "Filters":
        stage, source = given.get("stage", ""), given.get("source", "")
        return cls(
            q=storable(given.get("q", "")[:LONGEST_QUERY]).strip(),
            stage=stage if stage == ANY_STAGE or stage in Stage.values else "",
            assigned_to=_known_person(given.get("assigned_to", ""), viewer),
            source=source if source in Source.values else "",
            view=_known_id(given.get("view", "")),
            cursor=given.get("cursor", ""),
            before=_small_number(given.get("before", "")) if given.get("cursor") else 0,
        )

    @classmethod
    def of_view(cls, view: SavedView, viewer: Viewer) -> "Filters":
        """What a saved view is for this viewer."""
        assigned_to = _known_person(view.assigned_to, viewer)
        return cls(q=view.q, stage=view.stage, assigned_to=assigned_to, source=view.source, view=str(view.pk))

    @property
    def narrow(self) -> bool:
        return any(text for _name, text in self.pairs)

    @property
    def is_ours(self) -> bool:
        """Whether one of the tabs that are always there shows the same."""
        return self.pairs in ([("assigned_to", "me")], [("assigned_to", "none")])

    @property
    def chosen(self) -> bool:
        """Whether one of those is chosen that a phone folds away."""
        return bool(self.stage or self.source or self.assigned_to not in ("", "me", "none"))

    @property
    def in_any_stage(self) -> "Filters":
        """The same among won and lost leads too, from the newest on."""
        return replace(self, stage=ANY_STAGE, cursor="", before=0)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What narrows, by its name in the address."""
        return [(name, getattr(self, name)) for name in NARROWING if getattr(self, name)]

    @property
    def counted(self) -> bool:
        """Whether nobody keeps how many these are, so that they are counted."""
        return bool(self.q or self.source)

    def person_id(self, viewer: Viewer) -> uuid.UUID | None:
        """The person whose leads are shown, where it is one."""
        if self.assigned_to in ("", "none"):
            return None
        return viewer.person_id if self.assigned_to == "me" else uuid.UUID(self.assigned_to)

    @property
    def address(self) -> str:
        standing = [(name, getattr(self, name)) for name in ("view", "cursor", "before") if getattr(self, name)]
        query = urlencode([*self.pairs, *standing])
        return reverse("leads") + (f"?{query}" if query else "")

    @property
    def query(self) -> str:
        """What narrows, as part of an address: all that is behind these filters."""
        return urlencode(self.pairs)

    def of_person(self, assigned_to: str) -> "Filters":
        """The same for the leads of others, from the newest on."""
        return replace(self, assigned_to=assigned_to, view="", cursor="", before=0)

    def alike(self, other: "Filters") -> bool:
        """Whether both narrow the list to the same."""
        return self.pairs == other.pairs

    def at(self, cursor: str | None, before: int = 0) -> "Filters":
        return replace(self, cursor=cursor or "", before=max(before, 0) if cursor else 0)


def _known_person(text: str, viewer: Viewer) -> str:
    if text in ("", "me", "none"):
        return text
    person_id = _known_id(text)
    return "me" if person_id == str(viewer.person_id) else person_id


def _small_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _known_id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


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
        """The number in the reader's form; where it is not kept and very many are found, `1,000+`."""
        if self.filters.counted and self.count > COUNTED_UP_TO:
            return f"{number_format(COUNTED_UP_TO, force_grouping=True)}+"
        return number_format(self.count, force_grouping=True)

    @property
    def position(self) -> str:
        """Which of them these are, as in “51–100 of 5,063”; empty where all are shown, or the place is not known."""
        if not (self.previous or self.next) or (self.filters.cursor and not self.filters.before):
            return ""
        first = self.filters.before + 1
        first_words, last_words = (
            number_format(number, force_grouping=True) for number in (first, first + len(self.leads) - 1)
        )
        return _("%(first)s–%(last)s of %(count)s") % {
            "first": first_words,
            "last": last_words,
            "count": self.count_words,
        }


def listing(viewer: Viewer, filters: Filters, counts: Mapping[str, int]) -> Listing:
    """The leads behind these filters, newest first; `counts` are the viewer's `kept_counts`."""
    found = find_newest(
        viewer,
        query=filters.q,
        stage=searched_stage(filters.stage),
        assigned_to=filters.assigned_to,
        source=filters.source,
    )
    try:
        shown = first_page(found, limit=LEADS_A_PAGE, cursor=filters.cursor)
    except Invalid:
        filters = filters.at(None)
        shown = first_page(found, limit=LEADS_A_PAGE, cursor=None)
    previous = None
    if filters.cursor:
        # Walking back from here, the next page begins where the page before this one does.
        back = first_page(found, limit=LEADS_A_PAGE, cursor=filters.cursor, order=NEWEST_FIRST.reversed)
        previous = filters.at(back.next, filters.before - LEADS_A_PAGE).address
    following = filters.at(shown.next, filters.before + len(shown.rows)).address if shown.next else None
    if filters.counted:
        is_all = not filters.cursor and not shown.next
        count = len(shown.rows) if is_all else count_up_to(COUNTED_UP_TO, found)
    else:
        count = _kept_count(viewer, filters) if filters.narrow else counts["all"]
    return Listing(filters, shown.rows, previous, following, count)


def searched_stage(stage: str) -> str:
    """What a search is asked for where the list's address says this: see `search`."""
    return {"": OPEN, ANY_STAGE: ""}.get(stage, stage)


def kept_counts(viewer: Viewer) -> dict[str, int]:
    """How many open leads there are: in `all`, how many are `mine`, and how many are `waiting` for somebody."""
    of = LeadCount.objects.visible_to(viewer).filter(stage__in=OPEN_STAGES).aggregate
    sums = of(
        all=Sum("leads"),
        mine=Sum("leads", filter=Q(responsible=viewer.person_id)),
        waiting=Sum("leads", filter=Q(responsible=LeadCount.NOBODY)),
    )
    return {name: number or 0 for name, number in sums.items()}


def _kept_count(viewer: Viewer, filters: Filters) -> int:
    """How many leads are behind these filters where only stage and person narrow."""
    kept = LeadCount.objects.visible_to(viewer)
    if filters.stage != ANY_STAGE:
        kept = kept.filter(stage__in=[filters.stage] if filters.stage else OPEN_STAGES)
    if filters.assigned_to:
        kept = kept.filter(responsible=filters.person_id(viewer) or LeadCount.NOBODY)
    return kept.aggregate(leads=Sum("leads"))["leads"] or 0
