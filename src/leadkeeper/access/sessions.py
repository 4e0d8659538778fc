"""Django's sessions in the database, found by a hash of the cookie: neither the table nor a backup gives a cookie."""

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone


class SessionStore(db.SessionStore):
    """What `SESSION_ENGINE` names. `session_key` is the cookie's value; the table's column of that name is its hash."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing when it is unknown or over."""
        try:
            kept = Session.objects.get(session_key=stored_key(self.session_key or ""), expire_date__gt=timezone.now())
        except Session.DoesNotExist:
            self._session_key = None
            return {}
        return self.decode(kept.session_data)

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row as it is saved."""
        session = super().create_model_instance(data)
        session.session_key = stored_key(session.session_key)
        return session

    def delete(self, session_key: str | None = None) -> None:
        """End the session of this cookie, or this one."""
        ended = session_key or self.session_key
        if ended:
            super().delete(stored_key(ended))


def stored_key(cookie: str) -> str:
    """The row's key: 40 characters, as wide as the column. The cookie is random enough for a plain hash."""
    return hashlib.blake2b(cookie.encode(), digest_size=20).hexdigest()
