"""How many open leads people have. This room knows no leads: the room of leads registers who counts them."""

import uuid
from collections.abc import Callable, Collection

CountOpenLeads = Callable[[uuid.UUID, Collection[uuid.UUID]], dict[uuid.UUID, int]]
"""Takes an organization and people, and answers each one's number."""

_counters: list[CountOpenLeads] = []


def count_open_leads_with(count: CountOpenLeads) -> None:
    """Register who counts, once, when the product starts."""
    _counters[:] = [count]


def open_leads_of(organization_id: uuid.UUID, people: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Each of these people with how many leads they have that are neither won nor lost, in one query."""
    return _counters[0](organization_id, people)
