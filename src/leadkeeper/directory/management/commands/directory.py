"""`leadkeeper directory`: how the mirror stands to the directory, what arrived, and another try for what failed."""

import json
import uuid
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.responses import NinjaJSONEncoder
from rich.console import Console
from rich.progress import track

from leadkeeper.directory.api import DeliveryList, DeliveryRow, DirectoryState, directory_state
from leadkeeper.directory.deliveries import read as deliveries
from leadkeeper.directory.labels import reason_label
from leadkeeper.directory.models import Delivery, Sweep
from leadkeeper.storage.errors import Refused
from leadkeeper.team.organizations import home
from leadkeeper.team.viewer import Viewer

_USUAL_LIMIT: Final = 50


class Replayed(Schema):
    """What became of one delivery; `outcome` is null where it could not be read again."""

    id: uuid.UUID
    outcome: str | None
    reason: str

    @property
    def is_done(self) -> bool:
        return self.outcome not in (None, Delivery.Outcome.FAILED)


class ReplayReport(Schema):
    replayed: int
    failed: int
    items: list[Replayed]


class Command(BaseCommand):
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="status|events|replay")
        status = actions.add_parser("status", help=_("when it was last heard of and compared, and what differed"))
        events = actions.add_parser("events", help=_("the deliveries that arrived, newest first"))
        events.add_argument("--outcome", default="", help=", ".join(Delivery.Outcome.values))
        events.add_argument("--limit", type=_limit, default=_USUAL_LIMIT, help=_("how many, at most"))
        replay = actions.add_parser("replay", help=_("read kept deliveries again, as if they had just arrived"))
        which = replay.add_mutually_exclusive_group(required=True)
        which.add_argument("ids", nargs="*", type=uuid.UUID, default=[], metavar="ID", help=_("as 'events' shows it"))
        which.add_argument("--failed", action="store_true", help=_("all that have failed"))
        for action in (status, events, replay):
            action.add_argument("--json", action="store_true", help=_("print one JSON object on stdout"))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            {"status": self._status, "events": self._events, "replay": self._replay}[action](options)
        except Refused as refused:
            raise CommandError(str(refused)) from None

    def _status(self, options: dict[str, Any]) -> None:
        state = DirectoryState.model_validate(directory_state(_system()))
        self._tell(state, _status_lines(state), as_json=options["json"])

    def _events(self, options: dict[str, Any]) -> None:
        found = deliveries.newest(_system(), outcome=options["outcome"], limit=options["limit"], cursor=None)
        events = DeliveryList.model_validate({"items": found.rows, "next": found.next})
        lines = [_event_line(event) for event in events.items]
        self._tell(events, lines or [_("No deliveries.")], as_json=options["json"])

    def _replay(self, options: dict[str, Any]) -> None:
        ids = _failed_ids() if options["failed"] else options["ids"]
        console = Console(stderr=True)
        items = [_replay(one) for one in track(ids, _("Replaying"), console=console, disable=not console.is_terminal)]
        failed = sum(not item.is_done for item in items)
        report = ReplayReport(replayed=len(items) - failed, failed=failed, items=items)
        lines = [f"{item.id}  {_became(item):<7}  {reason_label(item.reason)}" for item in items]
        self._tell(report, lines or [_("Nothing to replay.")], as_json=options["json"])
        if failed:
            raise CommandError(
                _("%(failed)d of %(all)d could not be replayed.") % {"failed": failed, "all": len(items)}
            )

    def _tell(self, answer: Schema, lines: Iterable[str], *, as_json: bool) -> None:
        """As JSON in the very words of the API."""
        told = json.dumps(answer.model_dump(), cls=NinjaJSONEncoder) if as_json else "\n".join(lines)
        self.stdout.write(told)


def _system() -> Viewer:
    return Viewer.system(home())


def _limit(text: str) -> int:
    if not text.isdecimal() or len(text) > 6 or not int(text):
        raise ArgumentTypeError(_("a number from 1 to 999999"))
    return int(text)


def _failed_ids() -> list[uuid.UUID]:
    """Oldest first, as they arrived."""
    failed = deliveries.visible_to(_system()).filter(outcome=Delivery.Outcome.FAILED)
    return list(failed.order_by("id").values_list("id", flat=True))


def _replay(delivery_id: uuid.UUID) -> Replayed:
    try:
        delivery = deliveries.replay(delivery_id, by=_system())
    except Refused as refused:
        return Replayed(id=delivery_id, outcome=None, reason=str(refused))
    return Replayed(id=delivery_id, outcome=delivery.outcome, reason=delivery.reason)


def _became(item: Replayed) -> str:
    return str(Delivery.Outcome(item.outcome).label) if item.outcome else _("refused")


def _status_lines(state: DirectoryState) -> list[str]:
    people = _("%(active)s active, %(inactive)s inactive")
    facts = {
        _("People"): people % {"active": f"{state.people.active:,}", "inactive": f"{state.people.inactive:,}"},
        _("Last delivery"): _moment(state.last_delivery_at),
        _("Deliveries"): ", ".join(f"{count:,} {name}" for name, count in _outcomes(state).items()),
        _("Last sweep"): _sweep_line(),
        _("Drift"): _drift_line(state),
    }
    width = max(map(len, facts)) + 2
    return [f"{name:<{width}}{fact}" for name, fact in facts.items()]


def _outcomes(state: DirectoryState) -> dict[str, int]:
    names = dict(Delivery.Outcome.choices) | {"duplicate": _("duplicate")}
    return {str(names[name]).lower(): count for name, count in state.deliveries.dict().items()}


def _sweep_line() -> str:
    run = Sweep.objects.filter(organization=home()).order_by("-asked_at").first()
    if run is None:
        return _("never")
    line = _("%(kind)s of %(moment)s: %(status)s, %(seen)s people seen") % {
        "kind": Sweep.Kind(run.kind).label,
        "moment": _moment(run.asked_at),
        "status": Sweep.Status(run.status).label,
        "seen": f"{run.seen:,}",
    }
    return f"{line}. {run.why}" if run.why else line


def _drift_line(state: DirectoryState) -> str:
    drift = state.drift
    if drift is None:
        return _("not known before a first complete sweep")
    return _("%(created)s created, %(updated)s updated, %(deactivated)s deactivated, as of %(moment)s") % {
        "created": f"{drift.created:,}",
        "updated": f"{drift.updated:,}",
        "deactivated": f"{drift.deactivated:,}",
        "moment": _moment(drift.at),
    }


def _event_line(event: DeliveryRow) -> str:
    repeats = _(" (and %s repeats)") % f"{event.repeats:,}" if event.repeats else ""
    what = f"{event.type or _('no type'):<13}  {event.clerk_id or '-'}"
    reason = reason_label(event.reason)
    outcome = str(Delivery.Outcome(event.outcome).label)
    return f"{event.id}  {_moment(event.received_at)}  {outcome:<7}  {what}  {reason}{repeats}"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else _("never")
