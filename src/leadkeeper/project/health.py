"""Are we alive, and are we ready? For load balancers and for people."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control

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


_PROBES: Final = {"/health/live": live, "/health/ready": ready}


class HealthMiddleware:
    """Answers probes before a host, a session or the database is looked at.

    A probe asks by an address of its own, such as a container's, and with the database away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = _PROBES.get(request.path)
        if probe is None:
            return self._get_response(request)
        answer = probe(request)
        patch_cache_control(answer, no_store=True)
        return answer
