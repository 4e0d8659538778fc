"""The Jinja2 environment of all pages: words, addresses, and how values are shown."""

from collections.abc import Callable, Hashable
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.formats import number_format
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from leadkeeper.leads.choices import Consent, Source, Stage, Temperature
from leadkeeper.leads.phone import display_phone, phone_link
from leadkeeper.team.labels import role_name
from leadkeeper.team.time_zones import distance_from_utc
from leadkeeper.web.elapsed import relative_time
from leadkeeper.web.isolate import isolated
from leadkeeper.web.long_names import cut_in_two

HUES = 12


def make_environment(**options: Any) -> Environment:
    """What Django calls once to make the environment."""
    environment = Environment(  # noqa: S701  (Django passes autoescape=True)
        **options,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    environment.globals.update(
        static=static,
        url=address,
    )
    environment.filters.update(
        iso_time=iso_time,
        phone=_for_the_reader(display_phone),
        phone_link=phone_link,
        initials=initials,
        isolated=isolated,
        hue=hue,
        cut_in_two=cut_in_two,
        relative_time=_for_the_reader(relative_time),
        exact_time=_for_the_reader(exact_time),
        day=_for_the_reader(day),
        day_in_words=_for_the_reader(day_in_words),
        number=_for_the_reader(number),
        role_name=_for_the_reader(role_name),
        stage_name=_for_the_reader(_labels_of(Stage)),
        source_name=_for_the_reader(_labels_of(Source)),
        temperature_name=_for_the_reader(_labels_of(Temperature)),
        consent_name=_for_the_reader(_labels_of(Consent)),
    )
    return environment


def _for_the_reader(filter_: Callable[..., str]) -> Callable[..., str]:
    """A filter whose words are the reader's. Without a context, Jinja works out `"owner"|role_name` once for everybody,
    in the language of whoever comes first."""

    @pass_context
    def in_context(_context: Context, *args: Any) -> str:
        return filter_(*args)

    return in_context


@lru_cache(maxsize=10_000)  # A list of leads has two of each lead, and Django's search takes its time.
def address(name: str, *args: Hashable, **kwargs: Hashable) -> str:
    """The path of a named page."""
    return reverse(name, args=args, kwargs=kwargs)


def exact_time(at: datetime | None) -> str:
    """Date and time in the reader's format and the current zone, with its name; times.js puts the browser's there."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    zone = timezone.get_current_timezone_name()
    return f"{formats.date_format(local, 'SHORT_DATETIME_FORMAT')} ({zone}, {distance_from_utc(local)})"


def iso_time(at: datetime | None) -> str:
    """For `<time datetime>`."""
    return at.isoformat() if at else ""


def day(value: date | None) -> str:
    """A date in the reader's format."""
    return formats.date_format(value, "SHORT_DATE_FORMAT") if value else ""


def day_in_words(at: datetime) -> Markup:
    """`May 3`, in the reader's language; with the year where it is another one. times.js writes the browser's day."""
    return Markup('<time datetime="{}" data-day>{}</time>').format(at.isoformat(), _day_in_words(at))


def _day_in_words(at: datetime) -> str:
    local = timezone.localtime(at)
    words = formats.date_format(local, "MONTH_DAY_FORMAT" if local.year == timezone.localdate().year else "DATE_FORMAT")
    # Portuguese writes its months small, Django does not.
    return words.lower() if (translation.get_language() or "").startswith("pt") else words


def number(value: float) -> str:
    """With the reader's separators."""
    return number_format(value, force_grouping=True)


def initials(name: str) -> str:
    """Of the first and last word: `João da Silva` is `JS`."""
    parts = name.split()
    letters = [parts[0][0], parts[-1][0]] if len(parts) > 1 else [name.strip()[:1]]
    return "".join(letters).upper()


def hue(id_: UUID | str | None) -> int:
    """A steady number from 0 to 11 for a person: their colour everywhere."""
    # By the last digits: ids begin with the time, so that people made together would all look alike.
    return int(str(id_)[-4:], 16) % HUES if id_ else 0


def _labels_of(choices: type[TextChoices]) -> Callable[[str], str]:
    """A filter that answers the reader's word for a stored value; a value that is none of ours is shown as it came."""
    labels = dict(choices.choices)

    def label(value: str) -> str:
        return str(labels.get(value, value))

    return label
