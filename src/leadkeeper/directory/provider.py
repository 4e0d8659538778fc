"""What the directory needs of an identity provider, whichever it is. Settings name the one that is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, cast

from django.conf import settings
from django.utils.module_loading import import_string

from leadkeeper.directory.deliveries.receive import Message
from leadkeeper.directory.models import Delivery
from leadkeeper.directory.people.change import Deleted, Stated
from leadkeeper.directory.sentence import Sentence

# The most people that `people_by_id` may be asked for at once.
MOST_IDS = 100


class ProviderError(Exception):
    """The provider could not be asked; `str()` of it is a sentence in the active language."""

    def __init__(self, sentence: Sentence | str) -> None:
        self.sentence = sentence if isinstance(sentence, Sentence) else Sentence(sentence)
        super().__init__(self.sentence)


class NotConfigured(ProviderError):
    """The settings do not say how to reach the provider."""


class ProviderUnavailable(ProviderError):
    """It did not answer, or not sensibly, for as long as we were willing to try."""


class ProviderRefuses(ProviderError):
    """It answered that it will not: trying again does not help."""


class CursorRefused(ProviderError):
    """It knows no cursor: pages must be asked for by offset."""


class CursorGone(ProviderError):
    """The person the cursor names is not there any more."""


@dataclass(frozen=True, slots=True)
class Odd:
    """A row that made no sense. `id` is empty when it had none, `row` counts from 0 within its page."""

    id: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some people of the list, oldest first. Only one without rows is the end of the list."""

    rows: int
    people: Sequence[Stated]
    odd: Sequence[Odd] = ()
    # The last id on the page, and how many rows there are up to it: the next page goes on behind.
    last_id: str = ""
    rows_to_last_id: int = 0

    @property
    def ids(self) -> set[str]:
        """Everybody on it who has an id, odd or not."""
        return {stated.clerk_id for stated in self.people} | {odd.id for odd in self.odd if odd.id}


class Directory(Protocol):
    """A connection to the provider, open within its `with` block.

    Every call may raise ProviderUnavailable or ProviderRefuses.
    """

    def count(self) -> int:
        """How many people there are."""

    def page(self, *, after: str = "", offset: int = 0) -> Page:
        """The people behind the person `after`, or from `offset` on; the first ones without either.

        With `after` it may raise CursorRefused and CursorGone.
        """

    def newest(self, *, offset: int = 0) -> Page:
        """The people whose records changed last, newest first, from `offset` on."""

    def people_by_id(self, ids: Sequence[str]) -> Page:
        """Those of at most 100 people who exist, and nobody else."""

    def person(self, clerk_id: str) -> Stated | Deleted:
        """What one person is like now."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class Provider(Protocol):
    """What `settings.DIRECTORY_PROVIDER` names."""

    def __call__(self, *, give_up_after_s: float = ...) -> Directory: ...

    def require_configured(self) -> None:
        """Raises NotConfigured, naming the setting that is missing."""

    def read_again(self, delivery: Delivery) -> Message:
        """What a kept delivery says, read as if it had just arrived."""


def current() -> Provider:
    """The provider that the settings name."""
    return cast(Provider, import_string(settings.DIRECTORY_PROVIDER))
