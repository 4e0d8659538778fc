"""The JSON API: the rooms' routers in one place, and every refusal as RFC 9457 problem details."""

import uuid
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError, ValidationError

from leadkeeper.access.authenticate import key_or_session
from leadkeeper.directory.api import router as directory
from leadkeeper.leads.api import router as leads
from leadkeeper.leads.assignees_api import router as assignees
from leadkeeper.leads.create import DuplicateLead
from leadkeeper.leads.transfers.api import router as transfer
from leadkeeper.project.openapi import DescribedApi
from leadkeeper.team import errors
from leadkeeper.team.api import router as team
from leadkeeper.team.problems import problem

_PART: Final = 2**16
_PARTS_READ_AWAY: Final = 1_000

api = DescribedApi(
    title="Leadkeeper",
    version="1",
    description="Leads, who is responsible for them, and the people who may be.",
    auth=key_or_session,
    docs_url="/docs",
    openapi_url="/openapi.json",
)
api.add_router("/assignees", assignees)
api.add_router("/team", team)
# Before "/leads/{id}", which would take it for a lead.
api.add_router("/leads/transfer", transfer)
api.add_router("/leads", leads)
api.add_router("/directory", directory)


@api.exception_handler(errors.NotFound)
def _not_found(request: HttpRequest, error: errors.NotFound) -> HttpResponse:
    return problem(404, _("Not found"), str(error))


@api.exception_handler(Http404)
def _no_such_page(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, _("Not found"))


@api.exception_handler(errors.NotAllowed)
def _not_allowed(request: HttpRequest, error: errors.NotAllowed) -> HttpResponse:
    listed = [{"field": error.field, "message": str(error)}] if error.field else []
    return problem(403, _("Not allowed"), str(error), errors=listed)


@api.exception_handler(errors.Invalid)
def _invalid(request: HttpRequest, error: errors.Invalid) -> HttpResponse:
    listed = [{"field": error.field, "message": str(error)}]
    return problem(422, _("Invalid input"), str(error), errors=listed)


@api.exception_handler(DuplicateLead)
def _duplicate(request: HttpRequest, error: DuplicateLead) -> HttpResponse:
    kind = request.build_absolute_uri("/problems/duplicate-lead")
    return problem(409, _("Duplicate lead"), str(error), kind=kind, existing=error.existing)


@api.exception_handler(errors.Conflict)
def _conflict(request: HttpRequest, error: errors.Conflict) -> HttpResponse:
    return problem(409, _("Conflict"), str(error))


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    listed = [{"field": _field(item["loc"]), "message": _message(item)} for item in error.errors]
    return problem(422, _("Invalid input"), listed[0]["message"] if listed else "", errors=listed)


def _field(location: Any) -> str:
    """The name a client used for the value: `('body', 'payload', 'assigned_to')` is `assigned_to`."""
    names = [part for part in location if isinstance(part, str)]
    return names[-1] if names else ""


def _message(error: dict[str, Any]) -> str:
    """What is wrong with a value, in the reader's language where it is one of the usual mistakes."""
    kind, limits = str(error["type"]), error.get("ctx", {})
    if kind in ("greater_than_equal", "less_than_equal"):
        return str(_("At least %s.") % limits["ge"] if "ge" in limits else _("At most %s.") % limits["le"])
    usual = {
        "missing": _("This is required."),
        "uuid_parsing": _("This is no id."),
        "uuid_type": _("This is no id."),
        "string_type": _("This must be text."),
        "int_type": _("This must be a whole number."),
        "int_parsing": _("This must be a whole number."),
        "bool_type": _("This must be true or false."),
        "bool_parsing": _("This must be true or false."),
        "date_parsing": _("This must be a date such as 2026-11-22."),
        "date_from_datetime_parsing": _("This must be a date such as 2026-11-22."),
        "extra_forbidden": _("There is no such field."),
    }
    return usual.get(kind, str(error["msg"]))


@api.exception_handler(AuthenticationError)
def _unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = problem(401, _("Not signed in"), _("Send 'Authorization: Bearer lk_…', or sign in."))
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    # Read away, up to a point: an answer before the end of the body would break the sender's connection.
    for _part in range(_PARTS_READ_AWAY):
        if not request.read(_PART):
            break
    return problem(413, _("Request too large"), _("At most 2 MB."))


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return problem(400, _("Unreadable request"), _("The body is no JSON that makes sense here."))
    return problem(error.status_code, str(error))


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    import logging

    incident = uuid.uuid4().hex[:8]
    logging.getLogger(__name__).exception("api request failed", extra={"incident": incident})
    return problem(500, _("Unexpected error"), _("Report this incident number: %s") % incident)
