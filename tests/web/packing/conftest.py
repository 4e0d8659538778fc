"""Sources written for one test."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from leadkeeper.web.packing.pack import FILES

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files, given as name and text; answers the first one's path."""

    def write(texts: Mapping[str, str]) -> Path:
        paths = [tmp_path / "sources" / name for name in texts]
        for path, text in zip(paths, texts.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return paths[0]

    return write


@pytest.fixture
def sources(write: Write, tmp_path: Path) -> Path:
    """A folder of small sources under the names of the real ones; main.js imports js/part.js."""
    texts = {name: f"/* {name} */\n.a {{ --name: '{name}'; }}\n" * 50 for name in FILES}
    write(texts | {"js/main.js": 'import "./part.js";\n', "js/part.js": "window.part = 1;\n" * 50})
    return tmp_path / "sources"
