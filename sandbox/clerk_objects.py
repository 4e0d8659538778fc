"""The shapes that Clerk speaks: ids, users, errors, the envelope of an event."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]

ROLES = ("owner", "admin", "manager", "member", "sdr", "cs", "support")

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KSUID_EPOCH = 1_400_000_000
_TWO_DIGITS = [a + b for a in _BASE62 for b in _BASE62]


def new_id(prefix: str, at_ms: int) -> str:
    """`prefix_` and 27 base62 characters, a KSUID as Clerk's are: ids sort by second of creation."""
    number = ((at_ms // 1000 - _KSUID_EPOCH) << 128) | secrets.randbits(128)
    pairs = []
    for _ in range(14):
        number, pair = divmod(number, 3844)
        pairs.append(_TWO_DIGITS[pair])
    return f"{prefix}_{''.join(reversed(pairs))[1:]}"


def to_bytes(value: object) -> bytes:
    """Compact JSON as it travels: UTF-8, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is said of a person when they are added. `fields` overrides any field of the User object."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    username: str | None = None
    role: str | None = None
    fields: JsonObject = field(default_factory=dict)


def new_user(person: NewPerson, *, at_ms: int, instance_id: str) -> JsonObject:
    """The whole Clerk User, every field that the real one has."""
    user_id = new_id("user", at_ms)
    addresses = [new_email_address(person.email, at_ms)] if person.email else []
    metadata = {"role": person.role} if person.role else {}
    user: JsonObject = {
        "id": user_id,
        "object": "user",
        "username": person.username or None,
        "first_name": person.first_name or None,
        "last_name": person.last_name or None,
        "locale": None,
        "timezone": None,
        "image_url": default_image_url(user_id, person.first_name, person.last_name, instance_id),
        "has_image": False,
        "primary_email_address_id": addresses[0]["id"] if addresses else None,
        "primary_phone_number_id": None,
        "primary_web3_wallet_id": None,
        "password_enabled": True,
        "two_factor_enabled": False,
        "totp_enabled": False,
        "backup_code_enabled": False,
        "email_addresses": addresses,
        "phone_numbers": [],
        "web3_wallets": [],
        "passkeys": [],
        "external_accounts": [],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "organization_memberships": None,
        "password_last_updated_at": at_ms,
        "public_metadata": metadata,
        "private_metadata": {},
        "unsafe_metadata": {},
        "external_id": None,
        "last_sign_in_at": None,
        "banned": False,
        "deprovisioned": False,
        "locked": False,
        "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": 100,
        "created_at": at_ms,
        "updated_at": at_ms,
        "delete_self_enabled": True,
        "bypass_client_trust": False,
        "create_organization_enabled": True,
        "create_organizations_limit": None,
        "last_active_at": None,
        "mfa_enabled_at": None,
        "mfa_disabled_at": None,
        "legal_accepted_at": None,
        "profile_image_url": "https://www.gravatar.com/avatar?d=mp",
    }
    user.update(person.fields)
    return user


def new_email_address(address: str, at_ms: int) -> JsonObject:
    """A verified address, as one that an administrator typed in."""
    return {
        "id": new_id("idn", at_ms),
        "object": "email_address",
        "email_address": address,
        "reserved": False,
        "verification": {
            "object": "verification_admin",
            "status": "verified",
            "strategy": "admin",
            "attempts": None,
            "expire_at": None,
        },
        "linked_to": [],
        "matches_sso_connection": False,
        "created_at": at_ms,
        "updated_at": at_ms,
    }


def default_image_url(user_id: str, first_name: str | None, last_name: str | None, instance_id: str) -> str:
    """The address of the picture of initials that Clerk makes for people without one."""
    picture = {
        "type": "default",
        "iid": instance_id,
        "rid": user_id,
        "initials": ((first_name or "")[:1] + (last_name or "")[:1]).upper(),
    }
    encoded = base64.urlsafe_b64encode(to_bytes(picture)).rstrip(b"=").decode()
    return f"https://img.clerk.com/{encoded}"


def primary_email(user: JsonObject) -> str | None:
    """The primary address, which is not always the first."""
    return _primary(user, "email_addresses", "email_address")


def primary_phone(user: JsonObject) -> str | None:
    """The primary phone number, which is not always the first."""
    return _primary(user, "phone_numbers", "phone_number")


def _primary(user: JsonObject, listed: str, kind: str) -> str | None:
    for one in user.get(listed) or ():
        if one.get("id") == user.get(f"primary_{kind}_id"):
            value = one.get(kind)
            return value if isinstance(value, str) else None
    return None


def display_name(user: JsonObject) -> str:
    """First and last name, else the username, else the e-mail's local part, else the phone number, else the id."""
    names = (user.get("first_name"), user.get("last_name"))
    full = " ".join(str(name) for name in names if name)
    local_part = (primary_email(user) or "").split("@")[0]
    name: str = full or user.get("username") or local_part or primary_phone(user) or user["id"]
    return name


def deleted_user(user: JsonObject) -> JsonObject:
    """What `user.deleted` says: no name, no version, the external id only where there was one."""
    data: JsonObject = {"deleted": True, "id": user["id"], "object": "user"}
    if user.get("external_id"):
        data["external_id"] = user["external_id"]
    return data


def envelope(
    event_type: str,
    data: JsonObject,
    *,
    timestamp: int,
    instance_id: str,
    user_agent: str = "clerk-dashboard",
) -> JsonObject:
    """An event as it is signed and sent; `timestamp` in milliseconds."""
    return {
        "data": data,
        "event_attributes": {"http_request": {"client_ip": "", "user_agent": user_agent}},
        "instance_id": instance_id,
        "object": "event",
        "timestamp": timestamp,
        "type": event_type,
    }


def errors(message: str, code: str, long_message: str = "", *, parameter: str = "") -> JsonObject:
    """Clerk's one form of error, for every status."""
    error: JsonObject = {"message": message, "long_message": long_message or message, "code": code}
    if parameter:
        error["meta"] = {"param_name": parameter}
    return {"errors": [error], "clerk_trace_id": secrets.token_hex(16)}
