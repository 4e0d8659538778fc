"""Clerk's Backend API, as far as reading goes: `/v1/users`, `/v1/users/count`, `/v1/users/{id}`, `/v1/instance`."""

from __future__ import annotations

import hmac
import re
import threading
from collections import Counter
from dataclasses import dataclass

from sandbox.clerk_objects import errors, to_bytes
from sandbox.exchange import Request, Response, json_response
from sandbox.faults import Fault, Faults
from sandbox.people import ORDERINGS, People, UnknownPerson

MOST_ROWS = 500
USUAL_ROWS = 10
MOST_IDS = 100

_CALLS = {"/v1/users": "list", "/v1/users/count": "count", "/v1/instance": "instance"}
_LIST_PARAMETERS = {"limit", "offset", "order_by", "starting_after", "user_id"}
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(eq=False)
class _Refusal(Exception):
    status: int
    message: str
    code: str
    long_message: str = ""
    parameter: str = ""

    def response(self) -> Response:
        body = errors(self.message, self.code, self.long_message, parameter=self.parameter)
        return json_response(body, self.status)


class BackendApi:
    """Answers as strictly as Clerk. What it does not know it refuses, rather than guess."""

    def __init__(self, people: People, secret_key: str, instance_id: str, faults: Faults) -> None:
        self._people = people
        self._secret_key = secret_key
        self._instance_id = instance_id
        self._faults = faults
        self._lock = threading.Lock()
        #: How often each call was made: `list`, `count`, `one`, `instance`, and each status that was answered.
        self.calls: Counter[str] = Counter()
        #: Headers and query of the latest request, for tests of a client.
        self.last_request: Request | None = None

    def answer(self, request: Request) -> Response:
        call = _CALLS.get(request.path, "one")
        try:
            self._check_key(request)
            response = self._route(request, call)
        except _Refusal as refusal:
            response = refusal.response()
        with self._lock:
            self.last_request = request
            self.calls[call] += 1
            self.calls[str(response.status)] += 1
        return response

    def _check_key(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise _Refusal(
                401,
                "Invalid Authorization header format",
                "authorization_header_format_invalid",
                "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
            )
        if not hmac.compare_digest(key.strip().encode(), self._secret_key.encode()):
            raise _Refusal(
                401,
                "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.",
                "clerk_key_invalid",
            )

    def _route(self, request: Request, call: str) -> Response:
        if not request.path.startswith("/v1/users/") and call == "one":
            raise _not_found(f"The sandbox does not have {request.path}.")
        if request.method != "GET":
            raise _Refusal(
                405,
                "method not allowed",
                "method_not_allowed",
                f"The sandbox does not {request.method} here.",
            )
        fault = self._faults.take(call)
        if fault and (response := _broken(fault)):
            return response
        if call == "list":
            body = self._list(request, fault)
        elif call == "count":
            body = self._count(request)
        elif call == "instance":
            body = self._instance(request)
        else:
            body = self._one(request.path.removeprefix("/v1/users/"))
        if fault and fault.kind == "truncated":
            body = body[: len(body) // 2]
        return Response(200, body)

    def _list(self, request: Request, fault: Fault | None) -> bytes:
        _refuse_unknown(request, _LIST_PARAMETERS)
        field, descending = _ordering(request.query.get("order_by", ["-created_at"])[0])
        limit = _number(request, "limit", USUAL_ROWS, least=1)
        if limit > MOST_ROWS:
            limit = USUAL_ROWS  # seen at the real one: no error, ten rows
        offset = _number(request, "offset", 0)
        after = request.query.get("starting_after", [None])[0]
        if after is not None:
            if self._faults.cursor_refused:
                raise _invalid("starting_after", "starting_after is not supported by this instance.")
            if field != "created_at":
                raise _invalid("starting_after", "starting_after can only be used when ordering by created_at.")
            if "offset" in request.query:
                raise _invalid("starting_after", "starting_after cannot be used together with offset.")
        try:
            rows = self._people.page(
                order=field,
                descending=descending,
                limit=limit,
                offset=offset,
                after=after,
                only=_wanted_ids(request),
            )
        except UnknownPerson:
            raise _not_found(f"No user was found with id {after}") from None
        if fault and fault.kind == "half":
            rows = rows[::2]
        return b"[" + b",".join(rows) + b"]"

    def _count(self, request: Request) -> bytes:
        _refuse_unknown(request, {"user_id"})
        wanted = _wanted_ids(request)
        count = len(self._people) if wanted is None else sum(one in self._people for one in set(wanted))
        return b'{"object":"total_count","total_count":%d}' % count

    def _instance(self, request: Request) -> bytes:
        _refuse_unknown(request, set())
        instance = {"object": "instance", "id": self._instance_id, "environment_type": "development"}
        return to_bytes(instance | {"allowed_origins": None})

    def _one(self, user_id: str) -> bytes:
        try:
            return self._people.body(user_id)
        except UnknownPerson:
            raise _not_found(f"No user was found with id {user_id}") from None


def _broken(fault: Fault) -> Response | None:
    """The answer of a fault that needs no data; nothing for one that spoils the true answer."""
    if fault.kind == "429":
        response = _Refusal(429, "Too many requests. Please try again in a bit.", "too_many_requests").response()
        response.headers["Retry-After"] = str(fault.retry_after)
        return response
    if fault.kind == "500":
        return _Refusal(500, "Oops, an unexpected error occurred", "internal_clerk_error").response()
    if fault.kind == "garbage":
        page = b"<!doctype html><title>Just a moment...</title><h1>Checking your browser</h1>"
        return Response(200, page, "text/html; charset=utf-8")
    if fault.kind == "hang":
        return Response(hold=fault.seconds)
    return None


def _ordering(order_by: str) -> tuple[str, bool]:
    """Field and direction; no sign means ascending. A plus that was not encoded arrives as a space: 422."""
    field = order_by[1:] if order_by[:1] in ("+", "-") else order_by
    if field not in ORDERINGS:
        raise _invalid("order_by", f"order_by must be one of: {', '.join(ORDERINGS)}, each with + or - before it.")
    return field, order_by.startswith("-")


def _number(request: Request, name: str, default: int, least: int = 0) -> int:
    values = request.query.get(name)
    if values is None:
        return default
    if not _WHOLE_NUMBER.fullmatch(values[0]) or int(values[0]) < least:
        raise _invalid(name, f"{name} must be a whole number, {least} or greater.")
    return int(values[0])


def _wanted_ids(request: Request) -> list[str] | None:
    wanted = request.query.get("user_id")
    if wanted is not None and len(wanted) > MOST_IDS:
        raise _invalid("user_id", f"At most {MOST_IDS} values of user_id are allowed.")
    return wanted


def _refuse_unknown(request: Request, known: set[str]) -> None:
    for name in request.query:
        if name not in known:
            raise _Refusal(422, "is unknown", "form_param_unknown", f"{name} is not a parameter of the sandbox.", name)


def _invalid(parameter: str, sentence: str) -> _Refusal:
    return _Refusal(422, "is invalid", "form_param_value_invalid", sentence, parameter)


def _not_found(sentence: str) -> _Refusal:
    return _Refusal(404, "not found", "resource_not_found", sentence)
