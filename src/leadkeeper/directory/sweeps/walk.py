"""Walking the provider's list from end to end, oldest first, and from any checkpoint on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from leadkeeper.directory.provider import CursorGone, CursorRefused, Directory, Page


@dataclass(frozen=True, slots=True)
class Position:
    """How far a walk has come: behind the person `cursor`, after `offset` rows."""

    cursor: str = ""
    offset: int = 0
    by_offset: bool = False


START = Position()
_START_BY_OFFSET = Position(by_offset=True)


@dataclass(frozen=True, slots=True)
class Step:
    """One page, and the walk's position before and behind it."""

    page: Page
    start: Position
    then: Position


def steps(directory: Directory, position: Position) -> Iterator[Step]:
    """Every page from `position` up to the empty one that ends the list; a short page ends nothing.

    While the caller is busy with one page, the next one is already being read.
    """
    gone = ""
    step: Step | None = None
    ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
    try:
        while True:
            coming = ahead.submit(_page, directory, position)
            if step:
                yield step
                step = None
            try:
                page = coming.result()
            except CursorRefused:
                position = replace(position, by_offset=True)
                continue
            except CursorGone:
                # From the start again; where even that leads to the same hole, over it by counting rows.
                again = position.cursor == gone
                gone = position.cursor
                position = replace(position, by_offset=True) if again else START
                continue
            if _ignores_cursor(page, position):
                # How many of the rows so far were others is not known: from the start again.
                position = _START_BY_OFFSET
                continue
            if not page.rows:
                return
            step = Step(page, position, _behind(page, position))
            position = step.then
    finally:
        # What is still being read is of no use: nobody waits for it.
        ahead.shutdown(wait=False, cancel_futures=True)


def _page(directory: Directory, position: Position) -> Page:
    if position.by_offset:
        return directory.page(offset=position.offset)
    return directory.page(after=position.cursor)


def _ignores_cursor(page: Page, position: Position) -> bool:
    """Whether the page holds the very person behind whom it was to begin."""
    return not position.by_offset and position.cursor in page.ids


def _behind(page: Page, position: Position) -> Position:
    if position.by_offset or not page.last_id:
        return Position(page.last_id or position.cursor, position.offset + page.rows, by_offset=True)
    return Position(page.last_id, position.offset + page.rows_to_last_id)
