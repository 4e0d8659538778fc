"""Errors of the JSON API as RFC 9457 problem details, wherever they come from."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

CONTENT_TYPE: Final = "application/problem+json"


def problem(status: int, title: str, detail: str = "", *, kind: str = "about:blank", **members: Any) -> HttpResponse:
    """An RFC 9457 answer. `errors` is always there, so that clients need not ask."""
    body = {"type": kind, "title": title, "status": status, "detail": detail, "errors": [], **members}
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


class ProblemMiddleware:
    """Says in the API's form what Django and django-ninja refuse by themselves, such as a method or a host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self._get_response(request)
        said = answer.get("Content-Type", "").startswith(CONTENT_TYPE)
        if answer.status_code < 400 or said or not request.path.startswith("/api/"):
            return answer
        saying = problem(answer.status_code, HTTPStatus(answer.status_code).phrase)
        if "Allow" in answer:
            saying["Allow"] = answer["Allow"]
        return saying
