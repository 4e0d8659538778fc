"""What the directory keeps as short words, in the reader's language."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from leadkeeper.directory.models import Drift
from leadkeeper.directory.people.change import Result
from leadkeeper.team.labels import role_names


def reason_label(reason: str) -> str:
    """Why a delivery ended as it did, or why a record made no sense. What nobody foresaw is shown as it was written."""
    known = {
        Result.CREATED: _("the person was created"),
        Result.UPDATED: _("the person was updated"),
        Result.DEACTIVATED: _("the person was deactivated"),
        Result.UNCHANGED: _("everything was as it should be"),
        "older than what is known": _("older than what is known"),
        "another record of the same moment won": _("another record of the same moment won"),
        "the person was deleted, which is final": _("the person was deleted, which is final"),
        "this type of event is not handled": _("this type of event is not handled"),
        "of another Clerk instance": _("of another Clerk instance"),
        "not a JSON object": _("not a JSON object"),
        "the user is no object": _("the user is not an object"),
        "id: missing, or no id of at most 255 characters": _("id: missing, or longer than 255 characters"),
    }
    if reason.startswith("not JSON: "):
        return _("not JSON: %(problem)s") % {"problem": reason.removeprefix("not JSON: ")}
    if reason.endswith(": no time"):
        return _("%(field)s: not a time") % {"field": reason.removesuffix(": no time")}
    return known.get(reason, reason)


def duration(seconds: float) -> str:
    """A short time in its largest unit: 320 ms, 1.4 s, 12 min, 3 h."""
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{number_format(seconds, 1)} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{number_format(round(seconds / 3600), force_grouping=True)} h"


@dataclass(frozen=True, slots=True)
class Corrected:
    """A person about whom the mirror was wrong, in words; `changes` are triples of field, before and after."""

    clerk_id: str
    name: str
    result: Result
    done: str
    changes: list[tuple[str, str, str]]


def corrected(drift: Drift) -> Corrected:
    """One line of the drift."""
    done = {
        Result.CREATED: _("was missing, created"),
        Result.UPDATED: _("corrected"),
        Result.DEACTIVATED: _("deactivated"),
    }
    result = Result(drift.result)
    # Of somebody new, what is told beside the name.
    told = [one for one in drift.differences if result is not Result.CREATED or one["field"] in ("email", "role")]
    changes = [_change(one) for one in told]
    return Corrected(drift.clerk_id, drift.name, result, done[result], changes)


def _change(difference: dict[str, Any]) -> tuple[str, str, str]:
    fields = {
        "name": _("Name"),
        "email": _("E-mail"),
        "role": _("Role"),
        "avatar_url": _("Picture"),
        "active": _("State"),
    }
    field = difference["field"]
    before, after = (_value(field, difference[when]) for when in ("before", "after"))
    return fields.get(field, field), before, after


def _value(field: str, value: str | bool | None) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("active") if value else _("no longer active")
    if field == "role":
        return role_names().get(value, value)
    if field == "avatar_url":
        return _("a picture")
    return value
