"""Puts measured tables into their marked places in docs/performance.md."""

import re
from collections.abc import Iterable
from pathlib import Path

from bench.table import Table

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"


def record(tables: Iterable[Table], document: Path = DOCUMENT) -> None:
    """Each between `<!-- table: NAME -->` and `<!-- end -->`."""
    text = document.read_text()
    for table in tables:
        begin = f"<!-- table: {table.name} -->\n"
        if begin not in text:
            raise LookupError(f"{document} has no place for the table {table.name}")
        place = re.compile(re.escape(begin) + r".*?(?=<!-- end -->)", re.DOTALL)
        filled = f"{begin}{table.markdown()}\n"
        text = place.sub(lambda _, filled=filled: filled, text)  # type: ignore[misc]
    document.write_text(text)
