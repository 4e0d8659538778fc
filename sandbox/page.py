"""The page at `/`: forms that post, change one thing, and lead back with a 303."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sandbox.clerk_objects import NewPerson, display_name, primary_email
from sandbox.exchange import Request, Response, is_same_origin
from sandbox.faults import Fault, Faults
from sandbox.page_html import Overview, edit_page, main_page, sentence_page
from sandbox.people import People, UnknownPerson, role_of
from sandbox.webhooks import Webhooks

ROWS = 50
DELIVERIES = 30
_STATIC = Path(__file__).parent / "static"
_FILES = {"sandbox.css": "text/css; charset=utf-8", "sandbox.js": "text/javascript; charset=utf-8"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PERSON_FIELDS = ("first_name", "last_name", "email", "username", "role")


class Page:
    """Shows the people and the webhooks, and lets a person at a browser change them."""

    def __init__(self, people: People, webhooks: Webhooks, faults: Faults) -> None:
        self._people = people
        self._webhooks = webhooks
        self._faults = faults
        self._notices: OrderedDict[str, str] = OrderedDict()

    def answer(self, request: Request) -> Response:
        try:
            if request.method == "POST":
                if not is_same_origin(request):
                    return _html(sentence_page("This form was sent from another site. Nothing was changed."), 403)
                return self._change(request)
            if request.method in ("GET", "HEAD"):
                return self._show(request)
        except UnknownPerson:
            return _html(sentence_page("This person is not there any more."), 404)
        return _html(sentence_page("This page does not take that."), 405)

    # Showing

    def _show(self, request: Request) -> Response:
        match request.path.strip("/").split("/"):
            case [""]:
                notice = self._notices.pop(request.first("notice"), "")
                return _html(self._main(request.first("q"), notice=notice))
            case ["people", user_id]:
                user = self._people.get(user_id)
                fields = {name: user.get(name) or "" for name in ("first_name", "last_name", "username")}
                fields |= {"email": primary_email(user) or "", "role": role_of(user) or ""}
                return _html(edit_page(user, fields))
            case ["static", name] if name in _FILES:
                return Response(200, (_STATIC / name).read_bytes(), _FILES[name], {"Cache-Control": "no-cache"})
        return _html(sentence_page("There is no such page."), 404)

    def _main(self, query: str = "", *, notice: str = "", error: str = "", typed: dict[str, str] | None = None) -> str:
        found, total = self._people.find(query, ROWS)
        overview = Overview(
            people=found,
            found=total,
            everybody=len(self._people),
            query=query,
            endpoint=self._webhooks.endpoint_url,
            paused=self._webhooks.paused,
            holding=self._webhooks.holding,
            held=self._webhooks.held(),
            messages=self._webhooks.messages(DELIVERIES),
            faults=self._faults.coming(),
            cursor_refused=self._faults.cursor_refused,
            notice=notice,
            error=error,
            typed=typed or {},
        )
        return main_page(overview)

    # Changing

    def _change(self, request: Request) -> Response:
        form = request.form()
        match request.path.strip("/").split("/"):
            case ["people"]:
                return self._add(form)
            case ["people", user_id]:
                return self._edit(user_id, form)
            case ["people", user_id, verb]:
                return self._change_person(user_id, verb)
            case ["webhooks", verb]:
                return self._change_webhooks(verb, form)
            case ["deliveries", message_id, "repeat"]:
                message = self._webhooks.repeat(message_id)
                return self._back("Sent again." if message else "That message is no longer in the log.")
            case ["faults"]:
                return self._misbehave(form)
        return _html(sentence_page("There is no such page."), 404)

    def _add(self, form: dict[str, str]) -> Response:
        if problem := _problem(form):
            return _html(self._main(error=problem, typed=form), 422)
        said: dict[str, Any] = {name: form.get(name) or None for name in _PERSON_FIELDS}
        user = self._people.add(NewPerson(**said))
        return self._back(f"{display_name(user)} was added.")

    def _edit(self, user_id: str, form: dict[str, str]) -> Response:
        user = self._people.get(user_id)
        if problem := _problem(form):
            return _html(edit_page(user, form, problem), 422)
        changes: dict[str, object] = {name: form.get(name) or None for name in _PERSON_FIELDS}
        if changes["email"] == primary_email(user):
            del changes["email"]  # the addresses stay as they are
        changed = self._people.edit(user_id, changes)
        return self._back(f"{display_name(changed)} was saved.")

    def _change_person(self, user_id: str, verb: str) -> Response:
        name = display_name(self._people.get(user_id))
        if verb == "delete":
            self._people.delete(user_id)
            return self._back(f"{name} was deleted.")
        if verb in ("ban", "unban"):
            self._people.ban(user_id, verb == "ban")
            return self._back(f"{name} was banned." if verb == "ban" else f"The ban of {name} was lifted.")
        if verb in ("deprovision", "provision"):
            self._people.deprovision(user_id, verb == "deprovision")
            return self._back(f"{name} was switched {'off' if verb == 'deprovision' else 'on'} by the directory.")
        if verb == "sign-in":
            self._people.sign_in(user_id)
            return self._back(f"{name} signed in.")
        return _html(sentence_page("There is no such page."), 404)

    def _change_webhooks(self, verb: str, form: dict[str, str]) -> Response:
        if verb == "pause":
            self._webhooks.pause("paused" in form)
            paused = self._webhooks.paused
            return self._back("Webhooks are paused." if paused else "Webhooks are sent again.")
        if verb == "hold":
            self._webhooks.hold()
            return self._back("Messages are held from now on.")
        if verb in ("release", "release-reversed"):
            count = self._webhooks.release(reverse=verb == "release-reversed")
            return self._back(f"{count} held {'message' if count == 1 else 'messages'} released.")
        return _html(sentence_page("There is no such page."), 404)

    def _misbehave(self, form: dict[str, str]) -> Response:
        kind = form.get("kind", "")
        if kind == "clear":
            self._faults.clear()
            return self._back("The Backend API behaves again.")
        if kind == "cursor":
            self._faults.cursor_refused = not self._faults.cursor_refused
            return self._back(f"The cursor is {'refused' if self._faults.cursor_refused else 'taken again'}.")
        try:
            self._faults.add(Fault(kind, times=int(form.get("times") or 1)))
        except ValueError:
            return _html(self._main(error="Say how many requests, as a whole number from 1."), 422)
        return self._back("The next requests to the Backend API will go wrong.")

    def _back(self, notice: str) -> Response:
        """To the page, which shows the notice once."""
        token = secrets.token_urlsafe(6)
        self._notices[token] = notice
        while len(self._notices) > 100:
            self._notices.popitem(last=False)
        return Response(303, headers={"Location": f"/?notice={quote(token)}", **_HEADERS})


def _problem(form: dict[str, str]) -> str:
    """Why this cannot be a person, or nothing."""
    if form.get("email") and not _EMAIL.fullmatch(form["email"]):
        return "Write the e-mail like name@example.com."
    if not any(form.get(name) for name in ("first_name", "last_name", "email", "username")):
        return "Give a name, an e-mail or a username."
    return ""


def _html(text: str, status: int = 200) -> Response:
    return Response(status, text.encode(), "text/html; charset=utf-8", dict(_HEADERS))
