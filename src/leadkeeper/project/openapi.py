"""What `/api/openapi.json` says beyond what django-ninja knows: how each call refuses, what may be asked after it, and
that a request may be repeated."""

from http import HTTPMethod, HTTPStatus
from typing import Any, Final

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation
from pydantic import BaseModel

from leadkeeper.access.idempotency import LONGEST_KEY
from leadkeeper.leads.api import DuplicateLeadProblem
from leadkeeper.web.problems import CONTENT_TYPE, Problem

_EVERYWHERE: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_WITH_BODY: Final = (
    *(HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT),
    *(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
)
_WORDS: Final = {
    HTTPStatus.BAD_REQUEST: "The request could not be read, or its body is not valid JSON.",
    HTTPStatus.UNAUTHORIZED: "No API key and no session, or one that is not valid any more.",
    HTTPStatus.FORBIDDEN: "The role does not permit it.",
    HTTPStatus.NOT_FOUND: "There is nothing with this id, for whoever asks.",
    HTTPStatus.REQUEST_TIMEOUT: "The request did not arrive in time.",
    HTTPStatus.CONFLICT: "Somebody else was first, or the state does not allow it; or the first request with this"
    " `Idempotency-Key` is still at work.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 2 MB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON, as its `Content-Type` says.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Fields or parameters are wrong, unknown, or there twice: `errors` names all of"
    " them. Nothing was changed.",
}
_DUPLICATE: Final = "As elsewhere; or a lead with this phone number or e-mail address exists: then with `existing`."

_WAYS_IN: Final = {
    "ApiKey": {"type": "http", "scheme": "bearer", "description": "`lk_…`, as `leadkeeper api-key create` prints it."},
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "The browser's. Whatever changes something needs its CSRF token, too, as `X-CSRFToken`.",
    },
}
_IDEMPOTENCY_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Of your choice. For 24 hours the same request with the same key is answered again (with"
    " `Idempotency-Replayed: true`), and its work is not done twice. With another body or other parameters: 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}

_A_LEAD: Final = dict.fromkeys(("get_lead", "change_lead", "delete_lead", "list_ownership"), ("lead_id", "/id"))
_A_BATCH: Final = dict.fromkeys(("get_batch", "undo_transfer"), ("batch_id", "/batch"))
# What may be asked after a call, and which parameter of it is where in the answer.
_LINKS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "create_lead": _A_LEAD,
    "change_lead": _A_LEAD,
    "list_leads": {"get_lead": ("lead_id", "/items/0/id"), "list_leads": ("cursor", "/next")},
    "list_people": {"change_person": ("person_id", "/items/0/id"), "list_people": ("cursor", "/next")},
    "list_assignees": {"list_leads": ("assigned_to", "/items/0/id"), "list_assignees": ("cursor", "/next")},
    "transfer_leads": _A_BATCH,
    "undo_transfer": {"get_batch": ("batch_id", "/batch")},
    "start_backfill": {"get_run": ("run_id", "/run")},
    "list_deliveries": {
        "replay_delivery": ("delivery_id", "/items/0/id"),
        "list_deliveries": ("cursor", "/next"),
    },
}


class DescribedApi(NinjaAPI):
    """Every answer that an operation may give is described by its own status."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the view: what a generated client calls its method."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **where: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**where)
        for model in (Problem, DuplicateLeadProblem):
            schema["components"]["schemas"] |= _definitions(model)
        schema["components"]["securitySchemes"] = _WAYS_IN
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                _describe(operation, method.upper(), has_id="{" in path)
        return schema


def _describe(operation: dict[str, Any], method: str, *, has_id: bool) -> None:
    writes = method in (HTTPMethod.POST, HTTPMethod.PATCH)
    statuses = [
        *_EVERYWHERE,
        *([HTTPStatus.NOT_FOUND] if has_id else []),
        *(_WITH_BODY if writes else []),
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ]
    operation["security"] = [{name: []} for name in _WAYS_IN]
    for parameter in operation["parameters"]:
        # What is absent is no null: an address cannot say that.
        kinds = [kind for kind in parameter["schema"].pop("anyOf", []) if kind != {"type": "null"}]
        parameter["schema"] |= kinds[0] if kinds else {}
    if method == HTTPMethod.POST:
        operation["parameters"].append(_IDEMPOTENCY_KEY)
    links = _links(operation["operationId"])
    for answer in operation["responses"].values():
        if links and "content" in answer:
            answer["links"] = links
    operation["responses"] |= {status.value: _refusal(_WORDS[status], Problem) for status in statuses}
    if operation["operationId"] in ("create_lead", "change_lead"):
        operation["responses"][HTTPStatus.CONFLICT.value] = _refusal(_DUPLICATE, Problem, DuplicateLeadProblem)


def _refusal(words: str, *models: type[BaseModel]) -> dict[str, Any]:
    kinds = [{"$ref": REF_TEMPLATE.format(model=model.__name__)} for model in models]
    schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return {"description": words, "content": {CONTENT_TYPE: {"schema": schema}}}


def _links(operation_id: str) -> dict[str, Any]:
    return {
        name: {"operationId": name, "parameters": {parameter: f"$response.body#{place}"}}
        for name, (parameter, place) in _LINKS.get(operation_id, {}).items()
    }


def _definitions(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model and of all that it holds, by their names."""
    described = model.model_json_schema(ref_template=REF_TEMPLATE)
    return {**described.pop("$defs", {}), model.__name__: described}
