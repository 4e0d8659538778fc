"""Pages name the packed files, and the sources where those were changed since."""

import time
from pathlib import Path

import pytest

from leadkeeper.web.packing import storage
from leadkeeper.web.packing.pack import MANIFEST, pack
from leadkeeper.web.packing.storage import PackedStaticFiles


@pytest.fixture(autouse=True)
def always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_LOOK_EVERY_S", 0.0)


class TestInACheckout:
    def test_an_edited_source_is_named_itself_until_it_is_packed(self, sources: Path, tmp_path: Path) -> None:
        files = PackedStaticFiles(sources, tmp_path / "packed", is_checkout=True)
        assert files.url("js/main.js") == "/static/js/main.js"
        packed = pack(sources, tmp_path / "packed")
        assert files.url("js/main.js") == f"/static/{packed['js/main.js']}"
        time.sleep(0.01)
        (sources / "js/part.js").write_text("window.part = 2;\n")
        assert files.url("js/main.js") == "/static/js/main.js"
        packed = pack(sources, tmp_path / "packed")
        assert files.url("js/main.js") == f"/static/{packed['js/main.js']}"

    def test_what_others_bring_along_has_its_own_name(self, sources: Path, tmp_path: Path) -> None:
        pack(sources, tmp_path / "packed")
        files = PackedStaticFiles(sources, tmp_path / "packed", is_checkout=True)
        assert files.url("ninja/swagger-ui.css") == "/static/ninja/swagger-ui.css"


def test_installed_it_does_not_look_at_times(sources: Path, tmp_path: Path) -> None:
    packed = pack(sources, tmp_path / "packed")
    (tmp_path / "packed" / MANIFEST).touch()
    files = PackedStaticFiles(sources, tmp_path / "packed", is_checkout=False)
    assert files.url("js/main.js") == f"/static/{packed['js/main.js']}"
