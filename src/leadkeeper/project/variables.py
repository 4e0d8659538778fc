"""Reading single environment variables. Each mistake is one sentence that begins with the variable's name."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NoReturn
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

from leadkeeper.project.terminal import gettext as _

_SEPARATORS: Final = re.compile(r"[\s,]+")
# What Django takes for a host: RFC 1034 and 1035, or an IPv6 address.
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[a-f0-9]*:[a-f0-9.:]+")
_PASSWORD: Final = re.compile(r"(://)[^/\s]*@")
_LARGEST: Final = 99_999


def wrong(name: str, sentence: str) -> NoReturn:
    """Raises ImproperlyConfigured."""
    raise ImproperlyConfigured(f"{name}: {sentence}")


class Variables:
    """The variables of an environment. Blank ones count as unset; every reader raises ImproperlyConfigured."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def text(self, name: str, default: str = "") -> str:
        """Without spaces around it."""
        value = self._given.get(name, "").strip()
        if not value.isprintable():
            # Bytes that are no UTF-8 arrive as lone surrogates.
            wrong(name, _("it holds a line break or another character that cannot be shown."))
        return value or default

    def secret(self, name: str) -> str:
        """A value that is sent or compared as it is, and never shown: of ASCII without spaces."""
        value = self.text(name)
        if not value.isascii() or " " in value:
            wrong(name, _("malformed or masked: no such secret holds spaces or letters with accents; copy it again."))
        return value

    def several(self, name: str, default: str = "") -> tuple[str, ...]:
        """Values separated by spaces or commas."""
        # Line breaks separate too: a secret of several lines is usual where files are made into variables.
        value = " ".join(self._given.get(name, "").split())
        return tuple(filter(None, _SEPARATORS.split(value or default)))

    def one_of(self, name: str, default: str, allowed: Iterable[str]) -> str:
        """One of these words, in any case."""
        value = self.text(name, default).lower().replace("_", "-")
        if value not in allowed:
            wrong(
                name,
                _("'%(value)s' is none of %(allowed)s.") % {"value": shown(value), "allowed": ", ".join(allowed)},
            )
        return value

    def amount(self, name: str, default: float) -> float:
        """A number of 0 or more."""
        value = self.text(name, str(default))
        try:
            amount = float(value)
        except ValueError:
            amount = -1
        if not 0 <= amount <= _LARGEST:
            wrong(
                name,
                _("'%(value)s' is no number from 0 to %(largest)s.") % {"value": shown(value), "largest": _LARGEST},
            )
        return amount

    def address(self, name: str, default: str, *, with_path: bool) -> str:
        """An http or https address without a slash at its end; the host in small letters, as browsers send it."""
        value = self.text(name, default)
        parts = _split(value)
        host = _as_ascii(parts.hostname) if parts is not None and parts.hostname else ""
        if parts is None or parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
            wrong(
                name,
                _("'%(value)s' is no address such as %(example)s.") % {"value": shown(value), "example": default},
            )
        path = parts.path.rstrip("/")
        if parts.username or parts.query or parts.fragment or (path and not with_path):
            wrong(name, _("'%s' must end after the host or its port.") % shown(value))
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{path}"


def shown(value: str) -> str:
    """A value as it may be shown: without a password, and not too long to be read."""
    return _PASSWORD.sub(r"\1…@", value)[:200]


def _split(address: str) -> SplitResult | None:
    """None where the address, or its port, cannot be understood."""
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _as_ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""
