"""The addresses of static files: of the packed ones, or of the sources where those were changed since."""

import json
import time
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles.storage import StaticFilesStorage

from leadkeeper.web.packing.pack import IS_CHECKOUT, MANIFEST, PACKED, SOURCES, is_current

_LOOK_EVERY_S: Final = 1.0


class PackedStaticFiles(StaticFilesStorage):
    """What `static("js/main.js")` asks.

    In a checkout it looks once a second whether a source is newer than the packed files; there, whoever edits a source
    gets it by reloading the page. An installed wheel has packed files that fit, and is not looked at again.
    """

    def __init__(
        self, sources: Path = SOURCES, packed: Path = PACKED, *, is_checkout: bool = IS_CHECKOUT, **options: Any
    ) -> None:
        super().__init__(**options)
        self._sources, self._packed, self._is_checkout = sources, packed, is_checkout
        self._addresses: dict[str, str] = {}
        self._look_again_at = 0.0

    def url(self, name: str | None) -> str:
        """The address of a file. (A page asks for that of its icons hundreds of times.)"""
        if time.monotonic() >= self._look_again_at:
            self._look()
        return self._addresses.get(name or "") or super().url(name)

    def _look(self) -> None:
        self._look_again_at = time.monotonic() + _LOOK_EVERY_S if self._is_checkout else float("inf")
        if self._is_checkout and not is_current(self._sources, self._packed):
            self._addresses = {}
            return
        manifest: dict[str, str] = json.loads((self._packed / MANIFEST).read_bytes())
        self._addresses = {source: super(PackedStaticFiles, self).url(packed) for source, packed in manifest.items()}
