"""Packs what pages load: few files, each with a hash of its content in its name and compressed beforehand.

Done when a wheel is built, by `make install`, and by `leadkeeper serve` where the sources in a checkout have changed.
Whoever edits them reloads the page: `storage.py` then names the sources themselves, until they are packed again.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from whitenoise.compress import Compressor

from leadkeeper.web.packing.modules import join_modules
from leadkeeper.web.packing.stylesheets import join_stylesheets

SOURCES: Final = Path(__file__).parents[1] / "static"
PACKED: Final = SOURCES.with_name("packed")
MANIFEST: Final = "packed.json"
# In an installed wheel nobody edits the sources, and their times say nothing.
IS_CHECKOUT: Final = (SOURCES.parents[3] / "pyproject.toml").is_file()


def _as_it_is(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# All that pages ask for, and how it is made of its source.
FILES: Final[Mapping[str, Callable[[Path], str]]] = {
    "css/leadkeeper.css": join_stylesheets,
    "js/main.js": join_modules,
    "js/live-worker.js": join_modules,
    "js/theme-first.js": join_modules,
    "vendor/htmx.min.js": _as_it_is,
    "vendor/icons.svg": _as_it_is,
    "img/icon.svg": _as_it_is,
}
_HASH_DIGITS: Final = 12
# Pages that are open for longer may miss what they have not asked for yet.
_OLD_FILES_STAY_S: Final = 7 * 24 * 3600


def is_current(sources: Path = SOURCES, packed: Path = PACKED) -> bool:
    """Whether the packed files are there and made of the sources as they are now."""
    try:
        return (packed / MANIFEST).stat().st_mtime_ns == _newest(sources)
    except FileNotFoundError:
        return False


def pack(sources: Path = SOURCES, packed: Path = PACKED) -> dict[str, str]:
    """Write the packed files. Returns the manifest: from the name of a source to the name of its packed file.

    Files that are there already are left alone, so this may run beside a server. Raises PackingError for a source that
    cannot be packed, and OSError where `packed` cannot be written.
    """
    as_of = _newest(sources)
    manifest = {name: _write(packed, name, make(sources / name)) for name, make in FILES.items()}
    _replace(packed / MANIFEST, json.dumps(manifest, indent=2).encode())
    # What was edited in the meantime is newer than this, and so not packed yet.
    os.utime(packed / MANIFEST, ns=(as_of, as_of))
    _delete_old_files(packed, set(manifest.values()))
    return manifest


def _write(packed: Path, name: str, text: str) -> str:
    """Write one file with its compressed forms beside it. Returns its name in `packed`."""
    content = text.encode()
    stem, suffix = os.path.splitext(name)
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]}{suffix}"
    path = packed / hashed
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{os.getpid()}.{path.name}")
        draft.write_bytes(content)
        for compressed in Compressor(quiet=True).compress(str(draft)):
            os.replace(compressed, f"{path}{Path(compressed).suffix}")
        # Last, so that whoever finds it finds the compressed forms too.
        os.replace(draft, path)
    return hashed


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    draft.write_bytes(content)
    os.replace(draft, path)


def _delete_old_files(packed: Path, current: set[str]) -> None:
    oldest = time.time() - _OLD_FILES_STAY_S
    for path in packed.glob("*/*"):
        name = path.relative_to(packed).as_posix().removesuffix(".gz").removesuffix(".br")
        if name not in current and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _newest(sources: Path) -> int:
    """When the sources, or the code that packs them, were last changed, in nanoseconds.

    Folders count too: their times change with the files that they lose.
    """
    code = Path(__file__).parent.glob("*.py")
    return max(path.stat().st_mtime_ns for path in (sources, *sources.rglob("*"), *code))
