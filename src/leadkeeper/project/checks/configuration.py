"""The settings that the environment gives, as far as they can be judged by themselves."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.project.environment import is_short, is_webhook_secret
from leadkeeper.project.findings import Finding, fine, problem, warning

# What Django itself asks of a key that signs sessions.
_SHORTEST_KEY: Final = 50
_FEWEST_CHARACTERS: Final = 5


def secret_key() -> Finding:
    """That we are here says that every setting could be read; the one left to judge is the key of the sessions."""
    key = settings.SECRET_KEY
    if len(key) < _SHORTEST_KEY or len(set(key)) < _FEWEST_CHARACTERS:
        return warning(
            _("SECRET_KEY is shorter or plainer than a key should be: sessions could be forged."),
            _("Set one of 50 random characters or more; everybody signs in again after that."),
        )
    return fine(_("Every setting can be read."))


def address() -> Finding:
    """Whether Clerk and people can reach LEADKEEPER_URL, and safely."""
    url = settings.LEADKEEPER_URL
    parts = urlsplit(url)
    if is_loopback(parts.hostname or ""):
        if settings.CLERK_WEBHOOK_SECRETS and not is_loopback(urlsplit(settings.CLERK_API_URL).hostname or ""):
            return warning(
                _("LEADKEEPER_URL is %s: only this machine can reach that, so Clerk cannot deliver.") % url,
                _("Set it to the public https address."),
            )
        return fine(_("LEADKEEPER_URL is %s, for this machine only.") % url)
    if parts.scheme != "https":
        return warning(
            _("LEADKEEPER_URL is %s: sessions and keys travel readable by others.") % url,
            _("Serve it by https, and set LEADKEEPER_URL to that address."),
        )
    return fine(_("LEADKEEPER_URL is %s.") % url)


def webhook_secret() -> Finding:
    """Whether the door is open, and whether its keys are keys."""
    secrets = settings.CLERK_WEBHOOK_SECRETS
    if not secrets:
        return warning(
            _("CLERK_WEBHOOK_SECRET is not set: the webhook door answers 503."),
            _("Copy the endpoint's signing secret (whsec_…) from Clerk's dashboard."),
        )
    if not all(map(is_webhook_secret, secrets)):
        return problem(
            _("CLERK_WEBHOOK_SECRET holds something that is no signing secret ('whsec_' and base64)."),
            _("Copy the endpoint's signing secret again from Clerk's dashboard."),
        )
    if any(map(is_short, secrets)):
        return warning(
            _("CLERK_WEBHOOK_SECRET is shorter than Clerk's secrets are: a part of it may be missing."),
            _("Copy the endpoint's signing secret again from Clerk's dashboard."),
        )
    return fine(
        ngettext("%d signing secret.", "%d signing secrets, as during a rotation.", len(secrets)) % len(secrets)
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine itself goes by that name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
