"""Time zones by their IANA names, and the days of a zone."""

from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

# Names of files rather than of zones.
_NO_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_ZONES


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that name, such as America/Rio_Branco; None where there is none."""
    return ZoneInfo(name) if name in _names() else None


def zones_in_order(country: str, now: datetime) -> list[tuple[str, str]]:
    """Pairs of name and label to choose from: those of the country of two letters first, then all others by name."""
    rows = [line.split("\t") for line in _table().splitlines() if not line.startswith("#")]
    at_home = sorted({name for region, _place, name, *_note in rows if region == country})
    elsewhere = sorted({name for _region, _place, name, *_note in rows} - set(at_home))
    found = ((name, zone_named(name)) for name in (*at_home, *elsewhere, "UTC"))
    return [(name, labelled(zone, now)) for name, zone in found if zone is not None]


def labelled(zone: ZoneInfo, now: datetime) -> str:
    """`America/Rio_Branco (UTC−05:00)`, with its distance from UTC now."""
    return f"{zone.key} ({distance_from_utc(now.astimezone(zone))})"


def distance_from_utc(at: datetime) -> str:
    """`UTC−05:00`; the same words as in times.js."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which this day is over in the zone."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def _table() -> str:
    """Countries and their zones, as the IANA distributes them (zone.tab): without names that are only kept for old."""
    return (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
