"""Refusals of the JSON API as RFC 9457 problem details, in the reader's language, wherever they come from."""

from collections.abc import Callable, Iterable
from http import HTTPMethod
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from leadkeeper.storage.errors import FieldError

CONTENT_TYPE: Final = "application/problem+json"
API: Final = "/api/"


class FieldProblem(BaseModel):
    field: str = Field(description="The name under which the value was sent, or should have been.")
    message: str = Field(description="What is wrong with it, in the language of `Accept-Language`.")


class Problem(BaseModel):
    """Why the call was refused: RFC 9457 problem details. Nothing has been changed."""

    type: str = Field(description="`about:blank`, or the address of a kind of problem that has more members.")
    title: str = Field(description="What kind of refusal this is, in the language of `Accept-Language`.")
    status: int = Field(description="The same as the status of the answer.")
    detail: str = Field(description="What happened, for people, in the language of `Accept-Language`.")
    errors: list[FieldProblem] = Field(description="All fields that are wrong. Empty where it is not about fields.")


def problem(
    status: int,
    detail: str = "",
    *,
    title: str = "",
    kind: str = "about:blank",
    errors: Iterable[FieldError] = (),
    **members: Any,
) -> HttpResponse:
    """An RFC 9457 answer, in the language that is active. `errors` is always in it, so that clients need not ask.

    Without a title or a detail, they are the usual ones of the status. `members` are those that a kind of problem has
    beside the usual ones. There need be no request.
    """
    listed = [FieldProblem(field=field, message=message) for field, message in errors]
    usual_title, usual_detail = _usual(status)
    document = Problem(
        type=kind, title=title or usual_title, status=status, detail=detail or usual_detail, errors=listed
    )
    return JsonResponse(document.model_dump() | members, status=status, content_type=CONTENT_TYPE)


def _usual(status: int) -> tuple[str, str]:
    """Title and detail of a status."""
    largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
    words = {
        400: (_("Unreadable request"), _("The request could not be read: check its headers and body.")),
        401: (_("Not signed in"), _("Send 'Authorization: Bearer lk_…', or sign in.")),
        403: (_("Not allowed"), ""),
        404: (_("Not found"), _("There is nothing at this address.")),
        405: (_("Method not allowed"), _("This address does not take this method: see the Allow header.")),
        408: (_("Request timed out"), _("The request did not arrive in time. Send it again.")),
        409: (_("Conflict"), ""),
        413: (_("Request too large"), _("At most %d MB.") % largest),
        415: (_("Unsupported media type"), _("Send the body as JSON, with 'Content-Type: application/json'.")),
        422: (_("Invalid input"), ""),
        429: (_("Too many requests"), _("Wait as long as the Retry-After header says, then try again.")),
        503: (_("Not available"), _("Try again in a moment.")),
    }
    unusual = _("Refused") if status < 500 else _("Unexpected error")
    return words.get(status, (unusual, "" if status < 500 else _("The error has been logged. Try again in a moment.")))


class ProblemMiddleware:
    """What every answer of the API has in common: refusals of Django and django-ninja in the API's form, `HEAD`
    wherever there is `GET`, and nothing that a cache may keep."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(API):
            return self._get_response(request)
        is_head = request.method == HTTPMethod.HEAD
        if is_head:
            request.method = HTTPMethod.GET.value
        answer = _in_our_form(self._get_response(request))
        if not answer.has_header("Cache-Control"):
            patch_cache_control(answer, no_store=True)
        if is_head and isinstance(answer, HttpResponse):
            answer["Content-Length"] = str(len(answer.content))
            answer.content = b""
        return answer


def _in_our_form(answer: HttpResponseBase) -> HttpResponseBase:
    if answer.status_code < 400 or answer.get("Content-Type", "").startswith(CONTENT_TYPE):
        return answer
    refusal = problem(answer.status_code)
    if "Allow" in answer:
        methods = {method.strip() for method in answer["Allow"].split(",")}
        refusal["Allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    return refusal
