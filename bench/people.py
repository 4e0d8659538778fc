"""Invented people, always the same ones, and each as Clerk writes them."""

import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"

FIRST_NAMES = (SAMPLES / "first_names.txt").read_text().split()
LAST_NAMES = (SAMPLES / "last_names.txt").read_text().split()
RARE_NAME = "Quixadá"
ROLES = ("sdr", "member", "sdr", "cs", "sdr", "manager")
# Today, in ms, as people join of whom a webhook tells.
JOINED_AT = int(time.time()) // 86_400 * 86_400_000


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    first_name: str
    last_name: str
    email: str
    role: str
    created_at: int
    updated_at: int


def person(number: int, *, group: str, updated: int = 0) -> Person:
    """The person of that number. `group` keeps ids apart; `updated` above 0 is a later state."""
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    last = LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]
    if number % 5_000 == 1_234:
        last = RARE_NAME
    middle = LAST_NAMES[(number * 7 + 3) % len(LAST_NAMES)]
    created_at = JOINED_AT + number
    return Person(
        id=f"user_{group}{number:0{27 - len(group)}d}",
        first_name=first,
        last_name=f"{middle} {last}" + (" Neto" if updated else ""),
        email=f"p{number}.{group}@example.com",
        role=ROLES[number % len(ROLES)],
        created_at=created_at,
        updated_at=created_at + updated,
    )


def clerk_user(who: Person) -> bytes:
    """The person as compact JSON, the same in a webhook's `data` and in the Backend API."""
    text = (
        _user_template()
        .replace("@id@", who.id)
        .replace("@first_name@", who.first_name)
        .replace("@last_name@", who.last_name)
        .replace("@email@", who.email)
        .replace("@role@", who.role)
        .replace('"@created_at@"', str(who.created_at))
        .replace('"@updated_at@"', str(who.updated_at))
    )
    return text.encode()


def sample_event() -> dict[str, Any]:
    event: dict[str, Any] = json.loads((SAMPLES / "user.updated.json").read_text())
    return event


@cache
def _user_template() -> str:
    user = sample_event()["data"]
    user |= {
        "id": "@id@",
        "first_name": "@first_name@",
        "last_name": "@last_name@",
        "external_id": None,
        "public_metadata": {"role": "@role@"},
        "created_at": "@created_at@",
        "updated_at": "@updated_at@",
    }
    user["email_addresses"][0]["email_address"] = "@email@"
    return json.dumps(user, ensure_ascii=False, separators=(",", ":"))
