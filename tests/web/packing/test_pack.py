"""What pages load is packed into few files, named by their content and compressed."""

import gzip
import json
import os
import time
from pathlib import Path

import brotli
import pytest

from leadkeeper.web.packing.errors import PackingError
from leadkeeper.web.packing.modules import modules_of
from leadkeeper.web.packing.pack import FILES, MANIFEST, SOURCES, is_current, pack
from leadkeeper.web.packing.stylesheets import sheets_of

READ_BY_PEOPLE = (".md", ".txt")


def test_every_source_is_packed() -> None:
    packed = {SOURCES / name for name in FILES}
    for name in FILES:
        if name.endswith(".css"):
            packed.update(sheets_of(SOURCES / name))
        if name.endswith(".js"):
            packed.update(modules_of(SOURCES / name))
    assert packed == {path for path in SOURCES.rglob("*") if path.is_file() and path.suffix not in READ_BY_PEOPLE}


class TestPack:
    def test_names_files_by_their_content(self, sources: Path, tmp_path: Path) -> None:
        before = pack(sources, tmp_path / "packed")
        (sources / "js/part.js").write_text("window.part = 2;\n")
        after = pack(sources, tmp_path / "packed")
        assert before.keys() == FILES.keys()
        assert [name for name in FILES if before[name] != after[name]] == ["js/main.js"]
        assert json.loads((tmp_path / "packed" / MANIFEST).read_text()) == after
        assert "window.part = 2;" in (tmp_path / "packed" / after["js/main.js"]).read_text()

    def test_compresses_them_twice(self, sources: Path, tmp_path: Path) -> None:
        for name in pack(sources, tmp_path / "packed").values():
            path = tmp_path / "packed" / name
            assert gzip.decompress(Path(f"{path}.gz").read_bytes()) == path.read_bytes()
            assert brotli.decompress(Path(f"{path}.br").read_bytes()) == path.read_bytes()

    def test_leaves_the_files_of_pages_that_are_open(self, sources: Path, tmp_path: Path) -> None:
        packed = tmp_path / "packed"
        first = packed / pack(sources, packed)["js/main.js"]
        (sources / "js/part.js").write_text("window.part = 2;\n")
        pack(sources, packed)
        assert first.exists()
        week_ago = time.time() - 8 * 24 * 3600
        for path in (first, Path(f"{first}.br"), Path(f"{first}.gz")):
            os.utime(path, (week_ago, week_ago))
        current = pack(sources, packed)
        assert not list(packed.glob(f"js/{first.name}*"))
        assert all((packed / name).exists() for name in current.values())

    def test_what_cannot_be_packed_leaves_what_was_packed(self, sources: Path, tmp_path: Path) -> None:
        packed = pack(sources, tmp_path / "packed")
        (sources / "js/part.js").write_text('import * as all from "./main.js";\n')
        with pytest.raises(PackingError):
            pack(sources, tmp_path / "packed")
        assert json.loads((tmp_path / "packed" / MANIFEST).read_text()) == packed


class TestIsCurrent:
    def test_only_after_packing(self, sources: Path, tmp_path: Path) -> None:
        assert not is_current(sources, tmp_path / "packed")
        pack(sources, tmp_path / "packed")
        assert is_current(sources, tmp_path / "packed")

    @pytest.mark.parametrize("change", ["edited", "added", "deleted"])
    def test_not_after_a_change(self, sources: Path, tmp_path: Path, change: str) -> None:
        pack(sources, tmp_path / "packed")
        time.sleep(0.01)
        if change == "deleted":
            (sources / "js/part.js").unlink()
        else:
            (sources / "js" / ("part.js" if change == "edited" else "new.js")).write_text("window.part = 3;\n")
        assert not is_current(sources, tmp_path / "packed")
