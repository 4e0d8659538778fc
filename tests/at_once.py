"""Several people doing things at the same moment, each on a connection of their own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def at_once(things: Sequence[Callable[[], Answer]]) -> list[Answer | Exception]:
    """What each answers or raises, in order; all start together."""
    start = threading.Barrier(len(things))

    def run(thing: Callable[[], Answer]) -> Answer | Exception:
        connection.ensure_connection()
        start.wait(20)
        try:
            return thing()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(things)) as threads:
        return list(threads.map(run, things))
