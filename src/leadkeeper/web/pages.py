"""Pages that belong to no room: the way in, the style page, and what is shown when something is wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from leadkeeper.storage.errors import NotFound
from leadkeeper.web.page_view import is_part
from leadkeeper.web.problems import problem


def style(request: HttpRequest) -> HttpResponse:
    """Every part of the look in every state."""
    return render(request, "web/style.html")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 403, _("You may not see this page"), str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    known = str(exception) if isinstance(getattr(exception, "__cause__", None), NotFound) else ""
    return _error(request, 404, _("This page does not exist"), known or _("It may have been moved or deleted."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(
        request, 500, _("Leadkeeper could not answer"), _("The error has been logged. Try again in a moment.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, 403, _("This form has expired"), _("Go back, reload the page and send the form again."))


def _error(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(status)
    context = {"status": status, "title": title, "detail": detail}
    has_shell = status < 500 and getattr(request, "viewer", None) is not None and not is_part(request)
    return render(request, f"web/{'refused' if has_shell else 'error'}.html", context, status=status)
