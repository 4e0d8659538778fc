"""Are we alive, and are we ready? For load balancers and for people."""

from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from leadkeeper.directory import heartbeat
from leadkeeper.directory.models import Sweep
from leadkeeper.project import schema


def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 when database and schema are there; the rest is told, and never decides."""
    try:
        current = schema.is_current()
        details = _details() if current else {}
    except Error as error:
        connection.close()
        return JsonResponse({"status": "unavailable", "database": type(error).__name__}, status=503)
    status = "ready" if current else "schema is not current"
    return JsonResponse({"status": status, "database": "ok", **details}, status=200 if current else 503)


def _details() -> dict[str, Any]:
    sweep = Sweep.objects.order_by("-asked_at").values("status", "ended_at").first()
    return {
        "worker": "alive" if heartbeat.somebody_works() else "none",
        "door": "open" if settings.CLERK_WEBHOOK_SECRETS else "no CLERK_WEBHOOK_SECRET",
        "last_sweep": sweep,
    }
