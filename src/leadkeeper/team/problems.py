"""Errors of the JSON API as RFC 9457 problem details, wherever they come from."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from pydantic import BaseModel, Field

CONTENT_TYPE: Final = "application/problem+json"


class FieldProblem(BaseModel):
    field: str = Field(description="The name under which the value was sent.")
    message: str = Field(description="What is wrong with it, in the language of `Accept-Language`.")


class Problem(BaseModel):
    """Why the call was refused: RFC 9457 problem details. Nothing has been changed."""

    type: str = Field(description="`about:blank`, or the address of a kind of problem that has more members.")
    title: str
    status: int = Field(description="The same as the status of the answer.")
    detail: str = Field(description="What happened, for people, in the language of `Accept-Language`.")
    errors: list[FieldProblem] = Field(description="Empty where it is not about fields.")


def problem(
    status: int,
    title: str,
    detail: str = "",
    *,
    kind: str = "about:blank",
    errors: Sequence[Mapping[str, str]] = (),
    **members: Any,
) -> HttpResponse:
    """An RFC 9457 answer. `errors` is always there, so that clients need not ask."""
    listed = [FieldProblem(**error) for error in errors]
    body = Problem(type=kind, title=title, status=status, detail=detail, errors=listed).model_dump()
    return JsonResponse(body | members, status=status, content_type=CONTENT_TYPE)


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
