"""A JSON API under `/control/` for tests and scripts: everything the page does, and a little more."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from sandbox.backend_api import BackendApi
from sandbox.clerk_objects import JsonObject, NewPerson, display_name, envelope, primary_email, to_bytes
from sandbox.exchange import Request, Response, json_response
from sandbox.faults import Fault, Faults
from sandbox.people import People, UnknownPerson, role_of
from sandbox.webhooks import Message, Webhooks

_NEW_PERSON = {field.name for field in dataclasses.fields(NewPerson)}
_EDIT = {"first_name", "last_name", "username", "email", "role", "fields"}
_SWITCHES = {"banned", "deprovisioned", "signed_in"}
_FAULT = {field.name for field in dataclasses.fields(Fault)}


class Control:
    """Answers JSON; what it does not understand is a 422 with one sentence in `error`."""

    def __init__(self, people: People, webhooks: Webhooks, faults: Faults, api: BackendApi, instance_id: str) -> None:
        self._people = people
        self._webhooks = webhooks
        self._faults = faults
        self._api = api
        self._instance_id = instance_id

    def answer(self, request: Request) -> Response:
        try:
            return self._route(request, request.path.strip("/").split("/")[1:])
        except UnknownPerson as unknown:
            return _refused(404, f"There is nobody with the id {unknown}.")
        except (ValueError, TypeError, KeyError) as error:
            return _refused(422, str(error) or "The body cannot be understood.")

    def _route(self, request: Request, path: list[str]) -> Response:
        match request.method, path:
            case "GET", ["state"]:
                return json_response(self._state())
            case "GET", ["people"]:
                return self._find(request)
            case "POST", ["people"]:
                return self._add(request.json())
            case "PATCH", ["people", user_id]:
                return json_response(self._edit(user_id, request.json()))
            case "DELETE", ["people", user_id]:
                self._people.delete(user_id)
                return Response(204)
            case "POST", ["webhooks"]:
                return self._switch(request.json())
            case "GET", ["deliveries"]:
                return json_response([delivery(message) for message in self._webhooks.messages()])
            case "POST", ["deliveries"]:
                return json_response(delivery(self._send(request.json())), 201)
            case "POST", ["deliveries", message_id, "repeat"]:
                repeated = self._webhooks.repeat(message_id)
                if repeated is None:
                    return _refused(404, f"There is no message {message_id} in the log.")
                return json_response(delivery(repeated), 202)
            case "POST", ["faults"]:
                return self._misbehave(request.json())
            case "DELETE", ["faults"]:
                self._faults.clear()
                return Response(204)
            case _:
                return _refused(404, f"There is no {request.method} {request.path}.")

    def _state(self) -> JsonObject:
        last = self._api.last_request
        seen: JsonObject | None = None
        if last:
            headers = {name: value for name, value in last.headers.items() if name != "authorization"}
            seen = {"path": last.path, "query": last.query, "headers": headers}
        return {
            "people": len(self._people),
            "instance_id": self._instance_id,
            "endpoint": self._webhooks.endpoint_url,
            "paused": self._webhooks.paused,
            "holding": self._webhooks.holding,
            "held": self._webhooks.held(),
            "cursor_refused": self._faults.cursor_refused,
            "faults": [dataclasses.asdict(fault) for fault in self._faults.coming()],
            "calls": dict(self._api.calls),
            "last_request": seen,
        }

    def _find(self, request: Request) -> Response:
        found, total = self._people.find(request.first("q"), int(request.first("limit", "100")))
        people = [
            {
                "id": user["id"],
                "name": display_name(user),
                "email": primary_email(user),
                "role": role_of(user),
                "banned": bool(user.get("banned")),
                "deprovisioned": bool(user.get("deprovisioned")),
            }
            for user in found
        ]
        return json_response({"people": people, "total": total})

    def _add(self, body: JsonObject) -> Response:
        if "people" in body:
            _only(body, {"people", "announce"})
            many = [_new_person(one) for one in body["people"]]
            ids = self._people.add_many(many, announce=bool(body.get("announce")))
            return json_response({"ids": ids}, 201)
        return json_response(self._people.add(_new_person(body)), 201)

    def _edit(self, user_id: str, body: JsonObject) -> JsonObject:
        _only(body, _EDIT | _SWITCHES)
        user = self._people.get(user_id)
        changes = {name: value for name, value in body.items() if name in _EDIT}
        if changes:
            user = self._people.edit(user_id, changes)
        if "banned" in body:
            user = self._people.ban(user_id, bool(body["banned"]))
        if "deprovisioned" in body:
            user = self._people.deprovision(user_id, bool(body["deprovisioned"]))
        if body.get("signed_in"):
            user = self._people.sign_in(user_id)
        return user

    def _switch(self, body: JsonObject) -> Response:
        _only(body, {"paused", "hold", "release", "endpoint"})
        if "endpoint" in body:
            self._webhooks.endpoint_url = str(body["endpoint"])
        if "paused" in body:
            self._webhooks.pause(bool(body["paused"]))
        if body.get("hold"):
            self._webhooks.hold()
        if "release" in body:
            if body["release"] not in ("forward", "reverse"):
                raise ValueError("release is 'forward' or 'reverse'.")
            self._webhooks.release(reverse=body["release"] == "reverse")
        return json_response(self._state())

    def _send(self, body: JsonObject) -> Message:
        """Any event at all: `type` and `data` in an envelope, or `raw` text signed as it stands."""
        _only(body, {"type", "data", "timestamp", "instance_id", "raw"})
        event_type = str(body.get("type", "raw"))
        if "raw" in body:
            raw = str(body["raw"]).encode("utf-8", "surrogatepass")
            return self._webhooks.send(raw, event_type)
        event = envelope(
            event_type,
            body["data"],
            timestamp=body.get("timestamp", int(time.time() * 1000)),
            instance_id=body.get("instance_id", self._instance_id),
        )
        return self._webhooks.send(to_bytes(event), event_type)

    def _misbehave(self, body: JsonObject) -> Response:
        _only(body, _FAULT | {"cursor_refused"})
        if "cursor_refused" in body:
            self._faults.cursor_refused = bool(body.pop("cursor_refused"))
        if body:
            self._faults.add(Fault(**{**body, "kind": str(body.get("kind"))}))
        return json_response(self._state())


def delivery(message: Message) -> JsonObject:
    """A message of the log as JSON."""
    return {
        "id": message.id,
        "type": message.type,
        "about": message.about,
        "state": message.state,
        "made_at": message.made_at,
        "attempts": [dataclasses.asdict(attempt) for attempt in message.attempts],
    }


def _new_person(body: Any) -> NewPerson:
    if not isinstance(body, dict):
        raise ValueError("A person is a JSON object.")
    _only(body, _NEW_PERSON)
    return NewPerson(**body)


def _only(body: JsonObject, known: set[str]) -> None:
    for name in body:
        if name not in known:
            raise ValueError(f"{name} is not known here; known are {', '.join(sorted(known))}.")


def _refused(status: int, sentence: str) -> Response:
    return json_response({"error": sentence}, status)
