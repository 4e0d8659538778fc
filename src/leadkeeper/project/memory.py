"""Python's garbage collector, told what a server and a long walk are like."""

import gc
from typing import Final

# Messages and pages of people are thousands of small objects that go by themselves: the usual 700 is soon reached.
_NEW_OBJECTS: Final = 10_000


def keep_what_is_loaded() -> None:
    """Everything is loaded and stays: it need not be looked through again and again for what could be freed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
