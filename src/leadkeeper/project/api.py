"""The JSON API: the rooms' routers in one place, and every refusal as RFC 9457 problem details."""

import logging
import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError, ValidationError

from leadkeeper.access.authenticate import key_or_session
from leadkeeper.directory.api import router as directory
from leadkeeper.leads.api import router as leads
from leadkeeper.leads.assignees_api import router as assignees
from leadkeeper.leads.create import DuplicateLead
from leadkeeper.leads.transfers.api import router as transfer
from leadkeeper.project.api_input import (
    StrictParser,
    UnsupportedMediaType,
    refuse_undeclared,
    remember_operation,
    undeclared,
)
from leadkeeper.project.api_output import JsonRenderer
from leadkeeper.project.openapi import DescribedApi
from leadkeeper.storage import errors
from leadkeeper.storage.errors import FieldError, Refusals
from leadkeeper.team.api import router as team
from leadkeeper.web.field_errors import field_errors
from leadkeeper.web.problems import problem

_PART: Final = 2**16
_PARTS_READ_AWAY: Final = 1_000
# Where django-ninja found an error begins with the place (`body`, `query`, `path`); the name of a parameter follows.
_BODY: Final = "body"

logger = logging.getLogger(__name__)

api = DescribedApi(
    title="Leadkeeper",
    version="1",
    description="Leads, who is responsible for them, and the people who may be.",
    auth=key_or_session,
    docs_url="/docs",
    openapi_url="/openapi.json",
    parser=StrictParser(),
    renderer=JsonRenderer(),
)
api.add_decorator(remember_operation, mode="view")
api.add_decorator(refuse_undeclared, mode="operation")
api.add_router("/assignees", assignees)
api.add_router("/team", team)
# Before "/leads/{id}", which would take it for a lead.
api.add_router("/leads/transfer", transfer)
api.add_router("/leads", leads)
api.add_router("/directory", directory)


@api.exception_handler(errors.NotFound)
def _not_found(request: HttpRequest, error: errors.NotFound) -> HttpResponse:
    return problem(404, str(error))


@api.exception_handler(Http404)
def _no_such_page(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404)


@api.exception_handler(errors.NotAllowed)
def _not_allowed(request: HttpRequest, error: errors.NotAllowed) -> HttpResponse:
    return problem(403, str(error), errors=[FieldError(error.field, str(error))] if error.field else [])


@api.exception_handler(errors.Invalid)
def _invalid(request: HttpRequest, error: errors.Invalid) -> HttpResponse:
    return _wrong_fields(error.errors)


@api.exception_handler(DuplicateLead)
def _duplicate(request: HttpRequest, error: DuplicateLead) -> HttpResponse:
    kind = request.build_absolute_uri("/problems/duplicate-lead")
    return problem(409, str(error), title=_("Duplicate lead"), kind=kind, existing=error.existing)


@api.exception_handler(errors.Conflict)
def _conflict(request: HttpRequest, error: errors.Conflict) -> HttpResponse:
    return problem(409, str(error))


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    try:
        refusals = Refusals(undeclared(request))
    except Exception as worse:
        return api.on_exception(request, worse)
    refusals.add(*field_errors((each for each in error.errors if each["loc"][0] != _BODY), _parameter))
    # Of a body that is an object, the wrong fields are kept for the verb.
    if any(each["loc"][0] == _BODY for each in error.errors):
        refusals.add(FieldError("", _("The body must be a JSON object.")))
    return _wrong_fields(list(refusals))


def _parameter(location: Sequence[Any]) -> str:
    return str(location[1])


def _wrong_fields(wrong: Collection[FieldError]) -> HttpResponse:
    """All that is wrong; "" is the field of what concerns the request as a whole."""
    named = [error for error in wrong if error.field]
    said = [f"{field}: {message}" if field and len(wrong) > 1 else message for field, message in wrong]
    return problem(422, " ".join(said), errors=named)


@api.exception_handler(AuthenticationError)
def _unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = problem(401)
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    # Read away, up to a point: an answer before the end of the body would break the sender's connection.
    for _part in range(_PARTS_READ_AWAY):
        if not request.read(_PART):
            break
    return problem(413)


@api.exception_handler(UnsupportedMediaType)
def _no_json(request: HttpRequest, error: UnsupportedMediaType) -> HttpResponse:
    return problem(415)


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(BadRequest)
@api.exception_handler(UnreadablePostError)
@api.exception_handler(MultiPartParserError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400)


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, UnsupportedMediaType | errors.Invalid):
        # The parser's own, which django-ninja has wrapped.
        return api.on_exception(request, error.__cause__)
    if error.status_code == 400:
        return problem(400, _("The body is not valid JSON."))
    return problem(error.status_code)


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    incident = uuid.uuid4().hex[:8]
    logger.exception("api request failed", extra={"incident": incident})
    return problem(500, _("Report this incident number: %s") % incident)
