"""What the environment says, read once and checked: every variable of the operator's manual is here."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote, urlsplit

import dj_database_url
from phonenumbers import SUPPORTED_REGIONS

from leadkeeper.project.terminal import gettext as _
from leadkeeper.project.variables import Variables, shown, wrong
from leadkeeper.team.roles import Role
from leadkeeper.team.time_zones import zone_named

LANGUAGES: Final = ("en", "pt-br")
_SQLITE: Final = "leadkeeper.storage.fair_sqlite"
_WEBHOOK_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]+={0,2}")
_LENGTH_OF_CLERKS: Final = 32
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Environment:
    """The settings an operator may give, with their defaults."""

    database: dict[str, object]
    is_sqlite: bool
    # The SQLite file is named from the working directory on: in another one it is another file.
    is_here: bool
    secret_key: str = field(repr=False)
    url: str
    clerk_webhook_secrets: tuple[str, ...] = field(repr=False)
    clerk_secret_key: str = field(repr=False)
    clerk_api_url: str
    clerk_instance_id: str
    clerk_default_role: str
    clerk_image_hosts: tuple[str, ...]
    reconcile_hours: float
    catchup_minutes: float
    country: str
    language: str
    time_zone: str
    mail: "Mail | None" = None

    @property
    def is_https(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        """As the `Host` header names it, without the port: an IPv6 address in brackets."""
        host = urlsplit(self.url).hostname or "127.0.0.1"
        return f"[{host}]" if ":" in host else host


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
    given = Variables(variables)
    database_url = given.text("DATABASE_URL", "sqlite:///data/leadkeeper.db")
    database = _database(database_url)
    url = given.address("LEADKEEPER_URL", "http://127.0.0.1:8000", with_path=False)
    tenancy = given.text("CLERK_TENANCY", "instance")
    if tenancy != "instance":
        wrong("CLERK_TENANCY", _("'%s' is not supported yet, only 'instance' is.") % shown(tenancy))
    return Environment(
        database=database,
        is_sqlite=database["ENGINE"] == _SQLITE,
        is_here=database["ENGINE"] == _SQLITE and not database_url.startswith("sqlite:////"),
        secret_key=given.text("SECRET_KEY"),
        url=url,
        clerk_webhook_secrets=_webhook_secrets(given),
        clerk_secret_key=given.secret("CLERK_SECRET_KEY"),
        clerk_api_url=given.address("CLERK_API_URL", "https://api.clerk.com", with_path=True),
        clerk_instance_id=given.text("CLERK_INSTANCE_ID"),
        clerk_default_role=given.one_of("CLERK_DEFAULT_ROLE", "member", tuple(Role)),
        clerk_image_hosts=_image_hosts(given),
        reconcile_hours=given.amount("DIRECTORY_RECONCILE_HOURS", 6),
        catchup_minutes=given.amount("DIRECTORY_CATCHUP_MINUTES", 15),
        country=_country(given),
        language=given.one_of("LEADKEEPER_LANGUAGE", "pt-br", LANGUAGES),
        time_zone=_time_zone(given),
        mail=_mail(given, url),
    )


def is_webhook_secret(text: str) -> bool:
    """Whether it is `whsec_` and whole base64: what a mask or a cut has left of one usually is not."""
    return _WEBHOOK_SECRET.fullmatch(text) is not None and len(text.removeprefix("whsec_")) % 4 == 0


def is_short(secret: str) -> bool:
    """Whether a webhook secret is shorter than Clerk's, which are 24 bytes as base64: it may have been cut."""
    return len(secret.removeprefix("whsec_")) < _LENGTH_OF_CLERKS


def _database(url: str) -> dict[str, object]:
    try:
        database = dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.ParseError):
        # Without the value, and without the library's words, which may hold the password.
        database = {"ENGINE": None}
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return _sqlite(str(database["NAME"]))
    if database["ENGINE"] != "django.db.backends.postgresql":
        wrong(
            "DATABASE_URL",
            _("no address such as sqlite:////folder/leadkeeper.db or postgres://user:password@host/name."),
        )
    # Any number allows statements to be prepared; which ones are is said where they are run.
    options = {"prepare_threshold": 5, **cast(dict[str, object], database.get("OPTIONS", {}))}
    if not database["NAME"] and "service" not in options:
        wrong(
            "DATABASE_URL",
            _("names no database: it ends in the database's name, as in postgres://user:password@host/name."),
        )
    # `?host=/run/postgresql` names a folder of sockets: where Django and its `pg_dump` look for the host.
    where = {name.upper(): options.pop(name) for name in ("host", "port") if name in options}
    return database | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": options} | where


def _sqlite(name: str) -> dict[str, object]:
    path = Path(name).absolute()
    if name in ("", ":memory:") or name.endswith("/") or path.is_dir():
        wrong("DATABASE_URL", _("names no file: for SQLite it ends in one, as in sqlite:////folder/leadkeeper.db."))
    # FULL keeps what we acknowledged through a power cut; IMMEDIATE takes the write lock before reading.
    return {
        "ENGINE": _SQLITE,
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


def _webhook_secrets(given: Variables) -> tuple[str, ...]:
    secrets = given.several("CLERK_WEBHOOK_SECRET")
    if not all(map(is_webhook_secret, secrets)):
        wrong(
            "CLERK_WEBHOOK_SECRET",
            _(
                "malformed, masked or cut: each secret is 'whsec_' and base64, several are separated by spaces or "
                "commas; copy it again from the endpoint in Clerk's dashboard."
            ),
        )
    return secrets


def _image_hosts(given: Variables) -> tuple[str, ...]:
    hosts = given.several("CLERK_IMAGE_HOSTS", "img.clerk.com images.clerk.dev")
    for host in hosts:
        if not _HOST_NAME.fullmatch(host):
            wrong("CLERK_IMAGE_HOSTS", _("'%s' is no name of a host such as img.clerk.com.") % shown(host))
    return hosts


def _country(given: Variables) -> str:
    value = given.text("LEADKEEPER_COUNTRY", "BR").upper()
    if value not in SUPPORTED_REGIONS:
        wrong("LEADKEEPER_COUNTRY", _("'%s' is no country of two letters such as BR.") % shown(value))
    return value


def _time_zone(given: Variables) -> str:
    value = given.text("LEADKEEPER_TIME_ZONE", "America/Sao_Paulo")
    if zone_named(value) is None:
        wrong("LEADKEEPER_TIME_ZONE", _("'%s' is no time zone such as America/Sao_Paulo.") % shown(value))
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


def _mail(given: Variables, url: str) -> Mail | None:
    """None where no e-mail is to be sent."""
    value = given.text("EMAIL_URL")
    sender = _sender(given, url)
    if not value:
        return None
    try:
        parts = urlsplit(value)
        given_port = parts.port
    except ValueError:
        parts, given_port = urlsplit(""), None
    if parts.scheme == "console":
        return Mail(f"{_BACKENDS}.console.EmailBackend", sender)
    if parts.scheme == "file" and parts.path:
        return Mail(f"{_BACKENDS}.filebased.EmailBackend", sender, folder=parts.path)
    if parts.scheme not in _SMTP or not parts.hostname or given_port == 0:
        # Without the value: it may hold a password.
        wrong("EMAIL_URL", _("no address such as smtp+tls://user:password@mail.example.com:587."))
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


def _sender(given: Variables, url: str) -> str:
    value = given.text("EMAIL_FROM")
    if not value:
        return f"leadkeeper@{urlsplit(url).hostname}"
    addresses = getaddresses([value])
    if len(addresses) != 1 or not _EMAIL.fullmatch(addresses[0][1]):
        wrong("EMAIL_FROM", _("'%s' is no sender such as CRM <crm@example.com>.") % shown(value))
    return value
