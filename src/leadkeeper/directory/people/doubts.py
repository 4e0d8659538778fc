"""Whom the directory must be asked for by id: a row each, which `recheck` works off."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import connection

from leadkeeper.storage.rows import write_rows

_NOTE: Final = """
INSERT INTO directory_recheck (asked_at, next_try_at, attempts, clerk_id) {rows}
ON CONFLICT (clerk_id) DO UPDATE SET asked_at = EXCLUDED.asked_at"""


def note_doubts(clerk_ids: Iterable[str], now: datetime) -> None:
    """Have these people asked for soon, in the caller's transaction; at the time already set, whoever waits for it."""
    at = connection.ops.adapt_datetimefield_value(now)
    write_rows(_NOTE, "timestamptz timestamptz int text", [(clerk_id,) for clerk_id in clerk_ids], same=(at, at, 0))
