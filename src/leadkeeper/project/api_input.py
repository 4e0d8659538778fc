"""What a call of the API is sent beyond what it asks for is refused, and what it is sent is read strictly.

django-ninja reads what a call declares and passes over the rest: a client that misspells a field would be told of
success, and never learn that it was thrown away.
"""

from collections.abc import Callable, Collection
from functools import wraps
from http import HTTPMethod
from typing import Any, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.operation import Operation
from ninja.parser import Parser

from leadkeeper.storage.errors import FieldError, Invalid, Refusals
from leadkeeper.web.body import Body, parse_json
from leadkeeper.web.field_errors import unknown_parameters

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class UnsupportedMediaType(Exception):
    """The body says that it is something else than JSON."""


class StrictParser(Parser):
    """How django-ninja gets at what was sent. What this raises reaches the API as the cause of an HttpError."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Raises UnsupportedMediaType, ValueError for what is no JSON, and Invalid for a name that is there twice."""
        media_type = (request.content_type or "application/json").lower()
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise UnsupportedMediaType
        return parse_json(request.body)


def remember_operation(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorates how an operation runs: the request knows from then on which one it is, for `undeclared`."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]

    @wraps(run)
    def answer(request: HttpRequest, **path: Any) -> HttpResponseBase:
        request.operation = operation  # type: ignore[attr-defined]
        return run(request, **path)

    return answer


def refuse_undeclared(view: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Decorates every view. Raises Invalid for what was sent and the call does not know, before the view begins."""

    @wraps(view)
    def answer(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        refusals = Refusals(undeclared(args[0]))  # type: ignore[arg-type]
        if any(refusals):
            for value in kwargs.values():
                refusals.add(*(value.refused if isinstance(value, Body) else ()))
        refusals.raise_any()
        return view(*args, **kwargs)

    return answer


def undeclared(request: HttpRequest) -> list[FieldError]:
    """Query parameters that the call does not have or that are there twice, and fields of a body that it does not take.

    Raises what reading such a body raises.
    """
    operation: Operation = request.operation  # type: ignore[attr-defined]
    known = [
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    ]
    unknown = unknown_parameters((name for name in request.GET if name not in known), known)
    twice = [
        FieldError(name, _("Given more than once."))
        for name, values in request.GET.lists()
        if name in known and len(values) > 1
    ]
    takes_body = any(model.__ninja_param_source__ == "body" for model in operation.models)
    # With other methods a body means nothing, says RFC 9110.
    has_unasked_body = request.method == HTTPMethod.POST and not takes_body
    return [*unknown, *twice, *(_unasked_fields(request, known) if has_unasked_body else [])]


def _unasked_fields(request: HttpRequest, parameters: Collection[str]) -> list[FieldError]:
    """The fields of a body that a call without one was sent."""
    if not request.body.strip() or _is_empty_form(request):
        return []
    try:
        body = StrictParser().parse_body(request)
    except ValueError as error:
        raise HttpError(400, "") from error
    if not isinstance(body, dict):
        raise Invalid("", _("This call takes no body."))
    in_address = _("This call takes no body: put “%s” in the query string.")
    nowhere = _("This call takes no body and has no parameter “%s”.")
    return [FieldError(name, (in_address if name in parameters else nowhere) % name) for name in list(body)[:20]]


def _is_empty_form(request: HttpRequest) -> bool:
    """Whether this is what programs send that post forms and have nothing to send: the end of the form alone."""
    end = f"--{(request.content_params or {}).get('boundary', '')}--"
    return request.content_type == "multipart/form-data" and request.body.strip() == end.encode()
