"""What the sender of a body that was not taken is told, in the event loop and without the database."""

from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import Final

from csp.middleware import CSPMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from leadkeeper.clerk.webhook import Scope, Send
from leadkeeper.web.problems import problem

API: Final = "/api/"


async def refuse(scope: Scope, send: Send, status: HTTPStatus, *, largest: int) -> None:
    """A problem under /api/, a page elsewhere, in the reader's language; the connection is closed.

    `largest`: the size in bytes of the largest body that the address takes.
    """
    language = translation.get_language_from_request(ASGIRequest(dict(scope), BytesIO()))
    headers, body = _answer(status, largest, scope["path"].startswith(API), language)
    await send({"type": "http.response.start", "status": status.value, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


# One for each status and language: who sends such bodies sends many of them.
@cache
def _answer(
    status: HTTPStatus, largest: int, is_for_api: bool, language: str
) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
    with translation.override(language):
        title, detail = _words(status, largest)
        answer = problem(status, detail, title=title) if is_for_api else _page(status, title, detail)
    answer["Content-Length"] = str(len(answer.content))
    answer["Connection"] = "close"
    answer["Cache-Control"] = "no-store"
    answer["Content-Language"] = language
    return tuple((name.lower().encode(), value.encode()) for name, value in answer.items()), answer.content


def _page(status: HTTPStatus, title: str, detail: str) -> HttpResponse:
    """Nobody's page: the same for all, with the headers that every page has."""
    context = {"status": status.value, "title": title, "detail": detail}

    request, answer = HttpRequest(), render(HttpRequest(), "web/error.html", context, status=status)
    for middleware in (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware):
        middleware(lambda _request: answer).process_response(request, answer)
    return answer


def _words(status: HTTPStatus, largest: int) -> tuple[str, str]:
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _("Request too large"), _("At most %s MB.") % (largest // 2**20)
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return _("Request took too long"), _("Not everything arrived in time. Send it again.")
    return _("Unreadable request"), _("What was sent broke off or is damaged. Send it again.")
