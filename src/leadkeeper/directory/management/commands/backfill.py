"""`leadkeeper backfill`: everybody from the directory, with progress; a dry run only says what would happen."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from leadkeeper.directory import provider
from leadkeeper.directory.models import Sweep
from leadkeeper.directory.provider import NotConfigured
from leadkeeper.directory.sweeps import schedule
from leadkeeper.directory.sweeps.dry_run import Rehearsed
from leadkeeper.directory.sweeps.report import report, summary
from leadkeeper.directory.sweeps.sweep import Watch, sweep
from leadkeeper.team.organizations import home
from leadkeeper.team.viewer import Viewer


class Command(BaseCommand):
    requires_system_checks = ()
    kind = Sweep.Kind.BACKFILL

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("say what would happen, change nothing"))
        parser.add_argument("--force", action="store_true", help=_("deactivate however many people are gone"))
        parser.add_argument("--json", action="store_true", help=_("print one JSON object on stdout"))

    def handle(self, *args: Any, dry_run: bool, force: bool, json: bool, **options: Any) -> None:
        try:
            provider.current().require_configured()
            with _progress() as watch:
                run = _rehearse(force, watch) if dry_run else _run(self.kind, force, watch)
        except NotConfigured as error:
            run = Sweep(id=None, status=Sweep.Status.REFUSED)
            run.give_reason(error.sentence)
        self._tell(run, dry_run=dry_run, as_json=json)

    def _tell(self, run: Sweep, *, dry_run: bool, as_json: bool) -> None:
        if as_json:
            kept = run.id is not None and not dry_run
            self.stdout.write(json.dumps(report(run, kept=kept)))
        elif run.started_at:
            words = _("Dry run, nothing was changed. It would be: %s") if dry_run else "%s"
            self.stdout.write(words % summary(run))
        if run.status != Sweep.Status.COMPLETE:
            raise CommandError(run.why or _("The run is %s.") % Sweep.Status(run.status).label)


def _run(kind: Sweep.Kind, force: bool, watch: Watch) -> Sweep:
    with transaction.atomic():
        run = schedule.ask(kind, by=Viewer.system(home()), force=force)
    schedule.see_through(run, watch=watch)
    return run


def _rehearse(force: bool, watch: Watch) -> Sweep:
    run = Sweep(organization=home(), force=force)
    with provider.current()() as directory:
        sweep(directory, Rehearsed(run), watch=watch)
    return run


@contextmanager
def _progress() -> Iterator[Watch]:
    """A bar on stderr that follows the run, where there is a terminal to show it."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(_("People"), total=None)

        def watch(run: Sweep) -> None:
            description = _("People") if run.status != Sweep.Status.QUEUED else _("Waiting for a worker")
            progress.update(task, description=description, completed=run.seen, total=run.expected)

        yield watch
