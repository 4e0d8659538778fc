"""How many leads are shared out among several people. Pure: no database, no clock."""

import heapq
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sharing(StrEnum):
    EVENLY = "evenly"
    BY_LOAD = "by_load"


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has to do already, and how much they should have at most; None: no limit."""

    open_leads: int
    capacity: int | None


def evenly(people: Sequence[uuid.UUID]) -> Iterator[uuid.UUID]:
    """Whose turn it is, endlessly: one after the other, so that old and new leads are mixed for everybody."""
    while True:
        yield from people


def by_load(people: Mapping[uuid.UUID, Load]) -> Iterator[uuid.UUID]:
    """Whose turn it is, endlessly: whoever is the least full, counting what they have been given already.

    Full is open leads against capacity. Whoever has no capacity set counts as having the average of the others;
    a capacity of 0 receives nothing, unless nobody else has more. Of two as full, the one named first.
    """
    limits = [load.capacity for load in people.values() if load.capacity]
    usual = sum(limits) / len(limits) if limits else 1.0
    room = {id_: usual if load.capacity is None else float(load.capacity) for id_, load in people.items()}
    if not any(room.values()):
        room = dict.fromkeys(people, 1.0)
    loads = {id_: load.open_leads for id_, load in people.items()}
    turns = [(loads[id_] / size, place, id_) for place, (id_, size) in enumerate(room.items()) if size]
    heapq.heapify(turns)
    while True:
        _, place, id_ = turns[0]
        yield id_
        loads[id_] += 1
        heapq.heapreplace(turns, (loads[id_] / room[id_], place, id_))
