"""The panel that shows how the last walk through the directory went, and starts the next one."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from leadkeeper.directory import heartbeat
from leadkeeper.directory.models import Sweep
from leadkeeper.directory.standing import not_configured, why_refused
from leadkeeper.directory.sweeps import schedule
from leadkeeper.storage.errors import Conflict
from leadkeeper.team.request import ViewerRequest
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer
from leadkeeper.web.page_view import is_part, page_view


@page_view("GET", "POST")
def backfill(request: ViewerRequest) -> HttpResponse:
    """The panel; a POST asks for a run first, with `force` one that turns off however many people are gone."""
    viewer = request.viewer
    viewer.require(May.MANAGE)
    problem = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                schedule.ask(Sweep.Kind.BACKFILL, by=viewer, force="force" in request.POST)
        except Conflict as refused:
            problem = str(refused)
    if not is_part(request):
        return redirect("team")
    return render(request, "directory/backfill.html", {**_panel(viewer), "problem": problem})


def _panel(viewer: Viewer) -> dict[str, Any]:
    run = Sweep.objects.filter(organization_id=viewer.organization_id).order_by("-asked_at").first()
    return {
        "run": run,
        "runs": run is not None and not run.is_over,
        "not_configured": not_configured(),
        "needs_worker": not settings.ENVIRONMENT.is_sqlite and not heartbeat.somebody_works(),
        "why_refused": why_refused,
    }
