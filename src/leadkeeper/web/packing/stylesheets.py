"""One stylesheet out of one that imports others."""

import re
from pathlib import Path
from typing import Final

from leadkeeper.web.packing.errors import PackingError

_IMPORT: Final = re.compile(r'^@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[\w-]+)\);$', re.MULTILINE)
_STRING_OR_COMMENT: Final = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?\*/""", re.DOTALL)
_BLANK_LINES_AND_INDENTATION: Final = re.compile(r"^\s+", re.MULTILINE)
# Both would be looked for beside the packed file.
_REFERENCE: Final = re.compile(r"@import\b|\burl\(")


def sheets_of(path: Path) -> list[Path]:
    """The stylesheet and those that it imports, in the order of the cascade."""
    return [*(path.parent / found["path"] for found in _IMPORT.finditer(_read(path))), path]


def join_stylesheets(path: Path) -> str:
    """The stylesheet with those that it imports inside, each in its layer; without comments and indentation.

    Raises PackingError for an import of another form, for one inside an imported stylesheet, and for `url(…)`.
    """

    def inside(found: re.Match[str]) -> str:
        imported = path.parent / found["path"]
        return f"@layer {found['layer']} {{\n{_without_references(imported, _stripped(_read(imported)))}}}"

    text = _stripped(_read(path))
    _without_references(path, _IMPORT.sub("", text))
    return _IMPORT.sub(inside, text)


def _stripped(text: str) -> str:
    without_comments = _STRING_OR_COMMENT.sub(lambda found: found[1] or "", text)
    return _BLANK_LINES_AND_INDENTATION.sub("", without_comments)


def _without_references(path: Path, text: str) -> str:
    if found := _REFERENCE.search(text):
        raise PackingError(f"{path}: '{found[0]}' refers to another file in a form that is not packed.")
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PackingError(f"{path}: is imported, but there is no such file.") from None
