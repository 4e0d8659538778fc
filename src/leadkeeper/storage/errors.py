"""The few ways in which a verb refuses. Pages, API and command line each turn them into their own words once."""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NamedTuple

from django.utils.translation import gettext as _


class Refused(Exception):
    """Something was asked for that cannot be done; `str()` of it is a sentence for the reader."""


class NotFound(Refused):
    """It does not exist, for this viewer."""


class NotAllowed(Refused):
    """The viewer's role does not permit it; `field` is the one that asks for too much, where it is one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class FieldError(NamedTuple):
    """What is wrong with the value of one field, as a sentence for the reader."""

    field: str
    message: str


class Invalid(Refused):
    """The values of one or several fields cannot be taken; nothing was stored."""

    def __init__(self, field: str, message: str, *others: FieldError) -> None:
        self.errors = (FieldError(field, message), *others)
        super().__init__(" ".join(error.message for error in self.errors))

    @property
    def field(self) -> str:
        """The first field that is wrong."""
        return self.errors[0].field

    @property
    def by_field(self) -> dict[str, str]:
        """What a form shows beside each field."""
        return dict(self.errors)


class Refusals:
    """Puts together what is wrong with several fields, so that whoever sent them learns all of it at once.

        refusals = Refusals()
        with refusals:
            name = cleaned_name(text)
        with refusals:
            email = cleaned_email(text)
        refusals.raise_any()

    Of each field the first error is kept. `found` are errors that are known already.
    """

    def __init__(self, found: Iterable[FieldError] = ()) -> None:
        self._messages: dict[str, str] = {}
        self.add(*found)

    def __iter__(self) -> Iterator[FieldError]:
        return (FieldError(*error) for error in self._messages.items())

    def __contains__(self, field: str) -> bool:
        return field in self._messages

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Invalid):
            return False
        self.add(*error.errors)
        return True

    def add(self, *errors: FieldError) -> None:
        for field, message in errors:
            self._messages.setdefault(field, message)

    def raise_any(self) -> None:
        """Raises Invalid with all of them where there are any."""
        if errors := list(self):
            raise Invalid(*errors[0], *errors[1:])


def not_one_of(allowed: Iterable[str]) -> str:
    """What is said of a value that is none of those there are."""
    return _("Choose one of these: %s.") % ", ".join(allowed)


class Conflict(Refused):
    """Somebody else was there first, or the state does not allow it."""
