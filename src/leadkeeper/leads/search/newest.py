"""Pages and counts of leads in a time that hardly grows with their number.

A search begins by walking along an index from the newest lead on. Where a page of matches is near, or where there are
no more leads than that, this is all. Where not, a glance at some thousand leads tells what is quicker: to walk on, or
to ask the index of words.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Final

from django.db import connection
from django.db.models import Count, Q, QuerySet

from leadkeeper.leads.models import Lead
from leadkeeper.leads.search.word_index import first_of, narrowed, ready
from leadkeeper.storage.words import begins_word, matching, typed_words
from leadkeeper.web.paging import Order, Page, after, cut, moment, reached

NEWEST_FIRST: Final = Order("created_at", "id", read=moment, descending=True)

# A page of matches is near that is among ten times as many leads.
_NEAR: Final = 10
# What is left beyond a glance is worth the index, and what the glance costs is not felt. Nobody's leads lie far apart,
# and have a small index of their own.
_GLANCED_AT: Final = {"postgresql": 10_000, "sqlite": 5_000}
_GLANCED_AT_OF_NOBODY: Final = {"postgresql": 3_000, "sqlite": 600}
# A word is frequent that begins a word of one lead in so many: too many to put together all of them.
_FREQUENT: Final = {"postgresql": 20, "sqlite": 100}
# A query of frequent words alone is common that one lead in so many matches. Of nobody's leads the index of words is
# small, and quicker for longer.
_COMMON: Final = 50
_COMMON_OF_NOBODY: Final = 8


@dataclass(frozen=True)
class Glance:
    """How many of the newest leads match, and which of the typed words alone match many of them."""

    matches: int
    frequent: frozenset[str]
    saw_all: bool
    # It is sooner counted along the leads themselves than by the index of words, of which PostgreSQL puts together all
    # before it counts the first one.
    is_common: bool


@dataclass(frozen=True)
class Found:
    """Leads that an index has in order, newest first, and what was typed to narrow them.

    `of_nobody`: nobody is responsible for any of them.
    """

    leads: QuerySet[Lead]
    query: str
    of_nobody: bool = False

    @property
    def words(self) -> list[str]:
        return typed_words(self.query)

    @property
    def matching(self) -> QuerySet[Lead]:
        return matching(self.leads, "words", self.query)

    @cached_property
    def at_a_glance(self) -> Glance:
        return self._glance(NEWEST_FIRST)

    def first(self, order: Order, count: int, cursor: str | None) -> list[Lead]:
        """At most so many, those after `cursor` where there is one."""
        rest = replace(self, leads=after(self.leads, order, cursor))
        walk = rest.matching.order_by(*order.columns)
        is_near = rest._near(order, count) if self.words else None
        if is_near is None:
            return list(walk[:count])
        near = list(walk.filter(is_near)[:count])
        if len(near) == count:
            return near
        seen = rest._glance(order) if cursor else self.at_a_glance
        if seen.matches >= count or seen.saw_all:
            return list(walk[:count])
        beyond: datetime | None = reached(cursor, order) if cursor else None
        return first_of(rest.indexed(seen), order, count, beyond=beyond)

    def _near(self, order: Order, count: int) -> Q | None:
        """The condition that a lead is among those where `count` matches may be near; None where all leads are."""
        moments = self.leads.order_by(*order.columns).values_list(order.column, flat=True)
        last = next(iter(moments[_NEAR * count : _NEAR * count + 1]), None)
        return Q(**{f"{order.column}__{'gte' if order.descending else 'lte'}": last}) if last else None

    def indexed(self, seen: Glance) -> QuerySet[Lead]:
        """The same as `matching`, by the index of words."""
        return narrowed(self.matching, _worth_asking(self.words, seen), of_nobody=self.of_nobody)

    def count(self, most: int) -> int:
        """How many there are; more than `most` is `most` + 1."""
        if not self.words:
            return self.matching[: most + 1].count()
        seen = self.at_a_glance
        if seen.saw_all or seen.matches > most:
            return min(seen.matches, most + 1)
        # In order, so that the walk is along the index of these leads and not through all there are.
        walked = self.matching.order_by(*NEWEST_FIRST.columns)
        leads = walked if seen.is_common else self.indexed(seen)
        return leads[: most + 1].count()

    def _glance(self, order: Order) -> Glance:
        if self.of_nobody:
            most = _GLANCED_AT_OF_NOBODY[connection.vendor]
            return glance(self.leads, self.words, order, most=most, common=_COMMON_OF_NOBODY)
        # SQLite counts the first ones that its index finds, without putting together all of them.
        common = _COMMON if connection.vendor == "postgresql" else 0
        return glance(self.leads, self.words, order, most=_GLANCED_AT[connection.vendor], common=common)


def glance(leads: QuerySet[Lead], words: list[str], order: Order, *, most: int, common: int) -> Glance:
    """What the first `most` leads say about the rest; one of `common` of them matches where a query is common."""
    each = {f"word_{number}": begins_word("words", word) for number, word in enumerate(words)}
    newest = leads.annotate(**each).order_by(*order.columns)[:most]
    of_each = {f"{name}_in": Count("pk", filter=Q(**{name: True})) for name in each}
    seen = newest.aggregate(seen=Count("pk"), matches=Count("pk", filter=Q(**dict.fromkeys(each, True))), **of_each)
    often = _FREQUENT[connection.vendor]
    frequent = frozenset(word for word, name in zip(words, of_each, strict=True) if seen[name] * often > seen["seen"])
    is_common = frequent.issuperset(words) and seen["matches"] * common > seen["seen"]
    return Glance(seen["matches"], frequent, saw_all=seen["seen"] < most, is_common=is_common)


def first_page(found: tuple[Found, ...], *, limit: int, cursor: str | None, order: Order = NEWEST_FIRST) -> Page[Lead]:
    """One page of all of them together; none may be in two. Raises Invalid for a cursor that is none."""
    leads = list(chain.from_iterable(each.first(order, limit + 1, cursor) for each in found))
    leads.sort(key=lambda lead: (lead.created_at, lead.id), reverse=order.descending)
    return cut(leads[: limit + 1], order, limit, cursor)


def count_up_to(most: int, found: tuple[Found, ...]) -> int:
    """How many all of them are together; of more than `most` only that."""
    return min(sum(each.count(most) for each in found), most + 1)


def _worth_asking(words: list[str], seen: Glance) -> list[str]:
    """What to ask the index for, so that it need not put together hundreds of thousands of rows to find a few."""
    if connection.vendor == "postgresql":
        return [word for word in words if word not in seen.frequent] or words
    return [ready(word) if word in seen.frequent else word for word in words]
