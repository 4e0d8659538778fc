"""The people of the stand-in: kept as whole Clerk User objects, changed by a few named verbs."""

from __future__ import annotations

import json
import threading
import time
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.clerk_objects import (
    JsonObject,
    NewPerson,
    deleted_user,
    display_name,
    new_email_address,
    new_id,
    new_user,
    primary_email,
    to_bytes,
)
from sandbox.state_file import StateFile

__all__ = ["Announce", "NewPerson", "People", "UnknownPerson"]

#: Told of every change, in order: type, data, timestamp in ms, name for the log, user agent.
Announce = Callable[[str, JsonObject, int, str, str], None]

SORTED_BY_VALUE = ("first_name", "last_name", "username", "last_active_at", "last_sign_in_at")
SORTED_BY_ROW = ("created_at", "updated_at")
ORDERINGS = (*SORTED_BY_ROW, *SORTED_BY_VALUE, "email_address", "phone_number", "web3wallet")

_EDITABLE = ("first_name", "last_name", "username")
_DASHBOARD = "clerk-dashboard"


class UnknownPerson(Exception):
    """There is nobody with this id, or not any more."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One person. The User is kept as the bytes that are served: 100,000 fit in 200 MB."""

    id: str
    created_at: int
    updated_at: int
    body: bytes


class People:
    """Everybody, oldest first. Each verb changes, keeps and announces in one step."""

    def __init__(self, kept: StateFile, announce: Announce) -> None:
        self._kept = kept
        self._announce = announce
        self._lock = threading.RLock()
        self._rows: dict[str, _Row] = {}
        self._oldest_first: list[tuple[int, str]] = []
        self._sorted: dict[str, list[str]] = {}
        for user in kept.people:
            self._put(user)
        self._oldest_first.sort()
        kept.people = []

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._rows

    # Reading

    def get(self, user_id: str) -> JsonObject:
        """A copy of the whole User. Raises UnknownPerson."""
        user: JsonObject = json.loads(self.body(user_id))
        return user

    def body(self, user_id: str) -> bytes:
        """The User as JSON. Raises UnknownPerson."""
        row = self._rows.get(user_id)
        if row is None:
            raise UnknownPerson(user_id)
        return row.body

    def page(
        self,
        *,
        order: str = "created_at",
        descending: bool = True,
        limit: int = 10,
        offset: int = 0,
        after: str | None = None,
        only: Iterable[str] | None = None,
    ) -> list[bytes]:
        """A page of Users as JSON. `after` is an id, and wants `order` to be `created_at`."""
        with self._lock:
            ids = self._in_order(order)
            if after is not None:
                at = self._place(after)
                ids = ids[:at] if descending else ids[at + 1 :]
            if only is not None:
                wanted = set(only)
                ids = [user_id for user_id in ids if user_id in wanted]
            if descending:
                end = max(len(ids) - offset, 0)
                ids = ids[max(end - limit, 0) : end][::-1]
            else:
                ids = ids[offset : offset + limit]
            return [self._rows[user_id].body for user_id in ids]

    def find(self, words: str, limit: int) -> tuple[list[JsonObject], int]:
        """The newest people whose name, e-mail or username holds every word, and how many do."""
        wanted = _fold(words).split()
        with self._lock:
            if not wanted:
                newest = self._oldest_first[: -limit - 1 : -1]
                return [self.get(user_id) for _, user_id in newest], len(self)
            bodies = [self._rows[user_id].body for _, user_id in reversed(self._oldest_first)]
        found: list[JsonObject] = []
        total = 0
        for body in bodies:
            user = json.loads(body)
            text = f"{display_name(user)} {primary_email(user) or ''} {user.get('username') or ''}"
            if all(word in _fold(text) for word in wanted):
                total += 1
                if len(found) < limit:
                    found.append(user)
        return found, total

    def first_administrator(self) -> JsonObject | None:
        """The oldest active owner that has an e-mail, else the oldest such administrator."""
        with self._lock:
            bodies = [self._rows[user_id].body for _, user_id in self._oldest_first]
        first_admin: JsonObject | None = None
        for body in bodies:
            user: JsonObject = json.loads(body)
            if user.get("banned") or user.get("deprovisioned") or not primary_email(user):
                continue
            if role_of(user) == "owner":
                return user
            if role_of(user) == "admin":
                first_admin = first_admin or user
        return first_admin

    # Changing

    def add(self, person: NewPerson) -> JsonObject:
        """One more person, announced as `user.created`."""
        with self._lock:
            user = new_user(person, at_ms=self._tick(), instance_id=self._kept.instance_id)
            self._put(user)
            self._tell("user.created", user, _DASHBOARD)
            self.save()
            return user

    def add_many(self, people: Iterable[NewPerson], *, announce: bool = False) -> list[str]:
        """Many at once, kept with one write; silent unless asked, like a team that was there before.

        They were made one millisecond apart, the last one now (or as near as others allow).
        """
        everybody = list(people)
        ids = []
        with self._lock:
            at = max(self._kept.clock, _now() - 2 * len(everybody))
            for person in everybody:
                at += 1
                self._kept.clock = at
                user = new_user(person, at_ms=at, instance_id=self._kept.instance_id)
                self._put(user)
                ids.append(user["id"])
                if announce:
                    self._tell("user.created", user, _DASHBOARD)
                    at = self._kept.clock
            self.save()
        return ids

    def edit(self, user_id: str, changes: JsonObject) -> JsonObject:
        """Set any of `first_name`, `last_name`, `username`, `email`, `role`; what is absent stays.

        A new e-mail is added beside the old one and becomes the primary, as at Clerk.
        `fields` sets any other field of the User as it stands.
        """

        def change(user: JsonObject, at_ms: int) -> None:
            for name in _EDITABLE:
                if name in changes:
                    user[name] = changes[name] or None
            if "email" in changes:
                _set_primary_email(user, changes["email"], at_ms)
            if "role" in changes:
                _set_role(user, changes["role"])
            user.update(changes.get("fields") or {})

        return self._update(user_id, change)

    def set_role(self, user_id: str, role: str | None) -> JsonObject:
        """Set `public_metadata.role`, or take it away."""
        return self._update(user_id, lambda user, _: _set_role(user, role))

    def ban(self, user_id: str, banned: bool = True) -> JsonObject:
        """Ban, or lift the ban. There is no event of its own: it arrives as `user.updated`."""
        return self._update(user_id, lambda user, _: user.update(banned=banned))

    def deprovision(self, user_id: str, deprovisioned: bool = True) -> JsonObject:
        """Switch off (or on again) as a company's directory would, through SCIM."""

        def change(user: JsonObject, at_ms: int) -> None:
            user["deprovisioned"] = deprovisioned
            user.setdefault(
                "scim",
                {
                    "directory_id": new_id("scim_dir", at_ms),
                    "directory_enabled": True,
                    "external_id": new_id("00u", at_ms)[:14],
                },
            )

        return self._update(user_id, change, "okta-scim")

    def sign_in(self, user_id: str) -> JsonObject:
        """Somebody signed in: `updated_at` moves, and nothing that matters changes."""

        def change(user: JsonObject, at_ms: int) -> None:
            user["last_sign_in_at"] = user["last_active_at"] = at_ms

        return self._update(user_id, change, "Mozilla/5.0")

    def delete(self, user_id: str) -> None:
        """Gone for good; the id is never used again."""
        with self._lock:
            user = self.get(user_id)
            del self._oldest_first[self._place(user_id)]
            del self._rows[user_id]
            self._sorted.clear()
            self._tell("user.deleted", user, _DASHBOARD)
            self.save()

    def save(self) -> None:
        """Write the file now; the verbs do it themselves."""
        with self._lock:
            self._kept.write(self._rows[user_id].body for _, user_id in self._oldest_first)

    def note(self, name: str, value: Any) -> None:
        """Remember something beside the people, such as that sample leads were loaded."""
        with self._lock:
            self._kept.notes[name] = value
            self.save()

    # Inside

    def _update(
        self,
        user_id: str,
        change: Callable[[JsonObject, int], None],
        user_agent: str = _DASHBOARD,
    ) -> JsonObject:
        with self._lock:
            user = self.get(user_id)
            created_at = user["created_at"]
            user["updated_at"] = at_ms = self._tick()
            change(user, at_ms)
            user.update(id=user_id, created_at=created_at)
            self._put(user)
            self._tell("user.updated", user, user_agent)
            self.save()
            return user

    def _put(self, user: JsonObject) -> None:
        """Keep a User, new or changed; a new one is the youngest."""
        row = _Row(user["id"], user["created_at"], user["updated_at"], to_bytes(user))
        if row.id not in self._rows:
            self._oldest_first.append((row.created_at, row.id))
            if len(self._oldest_first) > 1 and self._oldest_first[-1] < self._oldest_first[-2]:
                self._oldest_first.sort()
        self._rows[row.id] = row
        if self._sorted:
            self._sorted.clear()

    def _tell(self, event_type: str, user: JsonObject, user_agent: str) -> None:
        data = deleted_user(user) if event_type == "user.deleted" else user
        self._announce(event_type, data, self._tick(), display_name(user), user_agent)

    def _tick(self) -> int:
        """Now in milliseconds, and always later than any time given out before."""
        self._kept.clock = max(_now(), self._kept.clock + 1)
        return self._kept.clock

    def _place(self, user_id: str) -> int:
        row = self._rows.get(user_id)
        if row is None:
            raise UnknownPerson(user_id)
        return bisect_left(self._oldest_first, (row.created_at, user_id))

    def _in_order(self, order: str) -> Sequence[str]:
        """All ids in ascending order; made once per ordering between two changes."""
        known = self._sorted.get(order)
        if known is None:
            known = [user_id for _, user_id in self._oldest_first]
            if order == "updated_at":
                known.sort(key=lambda user_id: self._rows[user_id].updated_at)
            elif order != "created_at":
                values = {user_id: _sort_value(self.get(user_id), order) for user_id in known}
                known.sort(key=values.__getitem__)
            self._sorted[order] = known
        return known


def role_of(user: JsonObject) -> str | None:
    """The application's role, or nothing."""
    metadata = user.get("public_metadata")
    role = metadata.get("role") if isinstance(metadata, dict) else None
    return role if isinstance(role, str) else None


def _set_role(user: JsonObject, role: Any) -> None:
    metadata = dict(user.get("public_metadata") or {})
    metadata.pop("role", None)
    user["public_metadata"] = {**metadata, "role": role} if role else metadata


def _set_primary_email(user: JsonObject, email: str | None, at_ms: int) -> None:
    if not email:
        user["email_addresses"] = []
        user["primary_email_address_id"] = None
        return
    for address in user["email_addresses"]:
        if str(address["email_address"]).casefold() == email.casefold():
            break
    else:
        address = new_email_address(email, at_ms)
        user["email_addresses"].append(address)
    user["primary_email_address_id"] = address["id"]


def _sort_value(user: JsonObject, order: str) -> tuple[bool, Any]:
    if order == "email_address":
        return False, (primary_email(user) or "").casefold()
    if order in ("phone_number", "web3wallet"):
        return False, ""
    value = user.get(order)
    if order.endswith("_at"):
        return False, value or 0
    return False, str(value or "").casefold()


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def _now() -> int:
    return int(time.time() * 1000)
