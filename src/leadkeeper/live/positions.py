"""Up to which notice everything has been heard, where ids do not become visible in order. Pure: no database."""

from collections.abc import Iterable, Sequence
from typing import Final

# A jump in the ids wider than this is no row of transactions at work: somebody moved the sequence.
WIDEST_GAP: Final = 1000


class Positions:
    """Follows the ids of a table from `last` on, and remembers those skipped.

    A skipped id belongs to a transaction that has not committed yet, or never will: it is `missing` until it is
    heard after all, or given up. A position is an id with nothing missing below it: who has heard everything up
    to there, and asks for all after it, loses nothing. They may hear some twice. With `in_order` a skipped id
    is one that never will be.
    """

    def __init__(self, last: int, missing: Iterable[int] = (), *, in_order: bool = False) -> None:
        self.last = last
        self.missing = set(missing)
        self._in_order = in_order

    @property
    def position(self) -> int:
        """Everything up to this id has been heard, or never will be."""
        return min(self.missing, default=self.last + 1) - 1

    def hear(self, ids: Sequence[int]) -> list[int]:
        """Note ids, ascending; answers for each the position of those who have heard up to it."""
        for id_ in ids:
            self.missing.discard(id_)
            if id_ > self.last:
                if not self._in_order:
                    self.missing.update(range(max(self.last + 1, id_ - WIDEST_GAP), id_))
                self.last = id_
        position = self.position
        # Whoever has heard only the first few of a batch still lacks the next one.
        return [min(position, following - 1) for following in ids[1:]] + [position] * bool(ids)

    def give_up(self, ids: Iterable[int]) -> None:
        """Wait for these no longer."""
        self.missing.difference_update(ids)
