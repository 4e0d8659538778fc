"""What the environment says, read once and checked: every variable of the operator's manual is here."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from phonenumbers import SUPPORTED_REGIONS

from leadkeeper.team.roles import Role

LANGUAGES = ("en", "pt-br")


@dataclass(frozen=True)
class Environment:
    """The settings an operator may give, with their defaults."""

    database: dict[str, object]
    is_sqlite: bool
    url: str
    clerk_webhook_secrets: tuple[str, ...] = field(repr=False)
    clerk_secret_key: str = field(repr=False)
    clerk_api_url: str
    clerk_instance_id: str
    clerk_default_role: str
    reconcile_hours: float
    catchup_minutes: float
    country: str
    language: str
    mail: "Mail | None" = None

    @property
    def is_https(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Mail:
    """How e-mail leaves."""

    backend: str
    sender: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    is_tls: bool = False
    is_ssl: bool = False
    folder: str = ""


def read(variables: Mapping[str, str] = os.environ) -> Environment:
    """Read and check the environment. Raises ImproperlyConfigured with the name of the wrong variable."""
    database_url = variables.get("DATABASE_URL") or "sqlite:///data/leadkeeper.db"
    database = _database(database_url)
    if (tenancy := variables.get("CLERK_TENANCY") or "instance") != "instance":
        raise ImproperlyConfigured(f"CLERK_TENANCY: '{tenancy}' is not supported yet, only 'instance' is.")
    return Environment(
        database=database,
        is_sqlite="sqlite" in str(database["ENGINE"]),
        url=_public_url(variables),
        clerk_webhook_secrets=_webhook_secrets(variables.get("CLERK_WEBHOOK_SECRET", "")),
        clerk_secret_key=variables.get("CLERK_SECRET_KEY", "").strip(),
        clerk_api_url=_url(variables, "CLERK_API_URL", "https://api.clerk.com"),
        clerk_instance_id=variables.get("CLERK_INSTANCE_ID", "").strip(),
        clerk_default_role=_one_of(variables, "CLERK_DEFAULT_ROLE", "member", tuple(Role)),
        reconcile_hours=_amount(variables, "DIRECTORY_RECONCILE_HOURS", 6),
        catchup_minutes=_amount(variables, "DIRECTORY_CATCHUP_MINUTES", 15),
        country=_country(variables),
        language=_one_of(variables, "LEADKEEPER_LANGUAGE", "pt-br", LANGUAGES),
        mail=_mail(variables),
    )


def secret_key(environment: Environment, given: str | None) -> str:
    """The key that signs sessions: the given one, or on SQLite one made once beside the database file."""
    if given:
        return given
    if not environment.is_sqlite:
        raise ImproperlyConfigured("SECRET_KEY: must be set where the database is PostgreSQL.")
    path = Path(str(environment.database["NAME"])).parent / "secret_key"
    try:
        return path.read_text() or _make_secret_key(path)
    except FileNotFoundError:
        return _make_secret_key(path)
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key {path} cannot be read: {error.strerror}.") from error


def _make_secret_key(path: Path) -> str:
    """Write a new key in one step, so that two processes starting together end up with the same one."""
    draft = path.with_name(f".secret_key.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {path.parent} cannot be written: {error.strerror}. "
            "Make it writable, or choose another with DATABASE_URL=sqlite:////path/to/leadkeeper.db."
        ) from error


def _database(url: str) -> dict[str, object]:
    try:
        database = dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.ParseError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL: cannot be understood: {error}.") from None
    if "sqlite" in str(database["ENGINE"]):
        path = Path(str(database["NAME"])).absolute()
        # FULL keeps what we acknowledged through a power cut; IMMEDIATE takes the write lock before reading.
        return {
            "ENGINE": "leadkeeper.project.fair_sqlite",
            "NAME": str(path),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 15,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY"
                ),
            },
        }
    if "postgresql" not in str(database["ENGINE"]):
        raise ImproperlyConfigured("DATABASE_URL: only sqlite:///… and postgres://… are supported.")
    # Any number allows statements to be prepared; which ones are is said where they are run.
    options = {"prepare_threshold": 5, **cast(dict[str, object], database.get("OPTIONS", {}))}
    # `?host=/run/postgresql` names a folder of sockets: where Django and its `pg_dump` look for the host.
    where = {name.upper(): options.pop(name) for name in ("host", "port") if name in options}
    return database | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": options} | where


def _webhook_secrets(value: str) -> tuple[str, ...]:
    secrets_given = tuple(value.split())
    if any(not secret.startswith("whsec_") for secret in secrets_given):
        raise ImproperlyConfigured(
            "CLERK_WEBHOOK_SECRET: each secret begins with 'whsec_'; separate several by spaces."
        )
    return secrets_given


def _public_url(variables: Mapping[str, str]) -> str:
    return _url(variables, "LEADKEEPER_URL", "http://127.0.0.1:8000")


def _url(variables: Mapping[str, str], name: str, default: str) -> str:
    value = (variables.get(name) or default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(f"{name}: '{value}' is no address such as {default}.")
    return value


def _one_of(variables: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = (variables.get(name) or default).lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}: '{value}' is none of {', '.join(allowed)}.")
    return value


def _amount(variables: Mapping[str, str], name: str, default: float) -> float:
    value = variables.get(name) or str(default)
    try:
        amount = float(value)
    except ValueError:
        amount = -1
    if not 0 <= amount < 100_000:
        raise ImproperlyConfigured(f"{name}: '{value}' is no number of 0 or more.")
    return amount


def _country(variables: Mapping[str, str]) -> str:
    value = (variables.get("LEADKEEPER_COUNTRY") or "BR").upper()
    if value not in SUPPORTED_REGIONS:
        raise ImproperlyConfigured(f"LEADKEEPER_COUNTRY: '{value}' is no country of two letters such as BR.")
    return value


# Scheme of EMAIL_URL → port where none is given, and how the connection is made safe.
_SMTP = {
    "smtp": (25, ""),
    "smtp+tls": (587, "tls"),
    "submission": (587, "tls"),
    "smtp+ssl": (465, "ssl"),
    "smtps": (465, "ssl"),
}
_BACKENDS = "django.core.mail.backends"


def _mail(variables: Mapping[str, str]) -> Mail | None:
    """None where no e-mail is to be sent."""
    value = variables.get("EMAIL_URL", "").strip()
    if not value:
        return None
    parts = urlsplit(value)
    sender = variables.get("EMAIL_FROM", "").strip() or f"leadkeeper@{urlsplit(_public_url(variables)).hostname}"
    if parts.scheme == "console":
        return Mail(f"{_BACKENDS}.console.EmailBackend", sender)
    if parts.scheme == "file" and parts.path:
        return Mail(f"{_BACKENDS}.filebased.EmailBackend", sender, folder=parts.path)
    try:
        given_port = parts.port
    except ValueError:
        given_port = -1
    if parts.scheme not in _SMTP or not parts.hostname or given_port == -1:
        # Without the value: it may hold a password.
        raise ImproperlyConfigured("EMAIL_URL: is no address such as smtp+tls://user:password@mail.example.com:587.")
    port, safe_by = _SMTP[parts.scheme]
    return Mail(
        f"{_BACKENDS}.smtp.EmailBackend",
        sender,
        host=parts.hostname,
        port=given_port or port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=safe_by == "tls",
        is_ssl=safe_by == "ssl",
    )
