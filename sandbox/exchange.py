"""A request and a response, and the rules that hold at every door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from sandbox.clerk_objects import JsonObject, to_bytes

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. Header names are in lower case."""

    method: str
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)
    body: bytes = b""

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def form(self) -> dict[str, str]:
        """The fields of a posted form, the last value of each, trimmed."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[-1].strip() for name, values in fields.items()}

    def json(self) -> JsonObject:
        """The JSON object in the body; an empty body is an empty object. Raises ValueError."""
        if not self.body:
            return {}
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("The body must be a JSON object.")
        return value


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out. `hold` keeps the connection open that many seconds, then closes it unanswered."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    hold: float = 0


def json_response(value: object, status: int = 200) -> Response:
    return Response(status, to_bytes(value))


def is_local(request: Request) -> bool:
    """Whether the request names this machine; another name is a rebound DNS entry."""
    host = urlsplit("//" + request.headers.get("host", "")).hostname
    return host in ("127.0.0.1", "localhost")


def is_same_origin(request: Request) -> bool:
    """Whether a change comes from our own page, or from something that is no browser."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or origin == f"http://{request.headers.get('host', '')}"
