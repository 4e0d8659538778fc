"""Who is calling the API: the key in the Authorization header, else the browser's session."""

import logging
import uuid
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from leadkeeper.access.keys import hash_of
from leadkeeper.access.models import ApiKey
from leadkeeper.storage.errors import NotAllowed
from leadkeeper.storage.lookup import look_up
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import Role, at_most
from leadkeeper.team.viewer import Kind, Viewer

_USE_NOTED_EVERY: Final = timedelta(minutes=1)
logger = logging.getLogger(__name__)


class KeyRefused(Exception):
    """A key opens nothing. `why` and `key_id`, None for an unknown key, are for the log."""

    def __init__(self, why: str, key_id: uuid.UUID | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.key_id = key_id


class KeyOrSession(AuthBase):
    """What django-ninja asks before each call; sets `request.viewer`. A key that is wrong is never made up for
    by a session."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Viewer | None:
        """The viewer, or None for 401. Raises NotAllowed where a session comes without its CSRF token."""
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            try:
                viewer = accepted_viewer(text.strip())
            except KeyRefused as refused:
                _log(request, refused)
                viewer = None
            request.viewer = viewer  # type: ignore[attr-defined]
            if viewer is not None:
                # Until the middleware that knows sessions ends it.
                timezone.activate(viewer.organization.zone)
            return viewer
        viewer = getattr(request, "viewer", None)
        if viewer is not None and check_csrf(request) is not None:
            raise NotAllowed(_("The CSRF token is missing or wrong: send it as X-CSRFToken."))
        return viewer


key_or_session = KeyOrSession()


def viewer_of_key(text: str) -> Viewer | None:
    """Whom a key stands for; None when it is unknown or revoked, or its maker gone."""
    try:
        return accepted_viewer(text)
    except KeyRefused:
        return None


def accepted_viewer(text: str) -> Viewer:
    """Whom a key stands for, with its role as far as its maker still has it. Raises KeyRefused."""
    key = look_up(ApiKey, "organization", hash=hash_of(text))
    if key is None:
        raise KeyRefused("unknown")
    if key.revoked_at is not None:
        raise KeyRefused("revoked", key.id)
    role = Role(key.role)
    if key.made_by_id is not None:
        maker = look_up(Membership, "user", organization_id=key.organization_id, user_id=key.made_by_id)
        if maker is None or not (maker.active and maker.user.is_active):
            raise KeyRefused("maker inactive", key.id)
        role = at_most(role, maker.role)
    _note_use(key)
    return Viewer(
        organization=key.organization,
        kind=Kind.KEY,
        role=role,
        name=key.name,
        key_id=key.id,
        maker_id=key.made_by_id,
    )


def _log(request: HttpRequest, refused: KeyRefused) -> None:
    """One line a request, however often its key is looked at."""
    if getattr(request, "refused_key_is_logged", False):
        return
    request.refused_key_is_logged = True  # type: ignore[attr-defined]
    address = request.META.get("REMOTE_ADDR")
    logger.warning("API key refused", extra={"why": refused.why, "key": refused.key_id, "address": address})


def _note_use(key: ApiKey) -> None:
    """Remember when the key was last used, to the minute: a write at every request would be dear."""
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - _USE_NOTED_EVERY:
        return
    with transaction.atomic():
        ApiKey.objects.filter(id=key.id).update(last_used_at=now)
