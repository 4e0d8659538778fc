"""Misbehaviour on demand: what the Backend API does wrong, and how many times."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Literal, get_args

Kind = Literal["429", "500", "garbage", "truncated", "hang", "half"]
Call = Literal["list", "count", "one", "instance"]

KINDS: tuple[str, ...] = get_args(Kind)
CALLS: tuple[str, ...] = get_args(Call)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of misbehaviour for the next `times` requests, after `skip` good ones.

    `only` narrows it to one kind of call. `half` leaves out every second row, and touches lists only.
    """

    kind: str
    times: int = 1
    skip: int = 0
    only: str | None = None
    retry_after: int = 1
    seconds: float = 60

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A fault is one of: {', '.join(KINDS)}.")
        if self.only is not None and self.only not in CALLS:
            raise ValueError(f"A call is one of: {', '.join(CALLS)}.")
        if self.times < 1 or self.skip < 0 or self.retry_after < 0 or self.seconds < 0:
            raise ValueError("A fault happens at least once, and its numbers are not negative.")

    def concerns(self, call: str) -> bool:
        return self.only in (None, call) and (self.kind != "half" or call == "list")


class Faults:
    """Those that are still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.cursor_refused = False
        self._coming: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._coming.append(fault)

    def clear(self) -> None:
        """Behave again, and take the cursor again."""
        with self._lock:
            self._coming.clear()
        self.cursor_refused = False

    def coming(self) -> list[Fault]:
        with self._lock:
            return list(self._coming)

    def take(self, call: str) -> Fault | None:
        """The fault for this request, counted down; the first that concerns the call decides."""
        with self._lock:
            for place, fault in enumerate(self._coming):
                if not fault.concerns(call):
                    continue
                if fault.skip:
                    self._coming[place] = replace(fault, skip=fault.skip - 1)
                    return None
                if fault.times > 1:
                    self._coming[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._coming[place]
                return fault
        return None
