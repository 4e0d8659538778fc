"""How long ago something was, or how far ahead it is: in the same words as times.js, which keeps them fresh."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class Unit(NamedTuple):
    seconds: int
    # The words for so many of them.
    ago: Callable[[int], str]
    ahead: Callable[[int], str]
    # How many of them it takes to count in it.
    least: int = 1


# Counted, not named: "yesterday" and "last year" are a matter of the calendar, which elapsed time knows nothing of.
UNITS: Final = (
    Unit(
        31_557_600,
        lambda count: ngettext("%(count)d year ago", "%(count)d years ago", count),
        lambda count: ngettext("in %(count)d year", "in %(count)d years", count),
        least=2,
    ),
    Unit(
        2_629_800,
        lambda count: ngettext("%(count)d month ago", "%(count)d months ago", count),
        lambda count: ngettext("in %(count)d month", "in %(count)d months", count),
    ),
    Unit(
        604_800,
        lambda count: ngettext("%(count)d week ago", "%(count)d weeks ago", count),
        lambda count: ngettext("in %(count)d week", "in %(count)d weeks", count),
    ),
    Unit(
        86_400,
        lambda count: ngettext("%(count)d day ago", "%(count)d days ago", count),
        lambda count: ngettext("in %(count)d day", "in %(count)d days", count),
    ),
    Unit(
        3600,
        lambda count: ngettext("%(count)d hour ago", "%(count)d hours ago", count),
        lambda count: ngettext("in %(count)d hour", "in %(count)d hours", count),
    ),
    Unit(
        60,
        lambda count: ngettext("%(count)d minute ago", "%(count)d minutes ago", count),
        lambda count: ngettext("in %(count)d minute", "in %(count)d minutes", count),
    ),
)


def relative_time(at: datetime | None, below_a_minute: str = "") -> str:
    """`2 minutes ago`, in the reader's language; the seconds of less than a minute in the words given, if any."""
    if at is None:
        return ""
    elapsed = int((timezone.now() - at).total_seconds())
    for unit in UNITS:
        if abs(elapsed) >= unit.least * unit.seconds:
            count = abs(elapsed) // unit.seconds
            return (unit.ago if elapsed > 0 else unit.ahead)(count) % {"count": count}
    return below_a_minute.replace("{}", str(max(elapsed, 0))) if below_a_minute else _("now")
