"""The look keeps its own rules: what the Content Security Policy forbids is nowhere, and nothing named is missing."""

import re
from pathlib import Path

import pytest

import leadkeeper
import leadkeeper.web
from tools.icons import named

WEB = Path(leadkeeper.web.__file__).parent
STATIC = WEB / "static"
TEMPLATES = sorted(Path(leadkeeper.__file__).parent.glob("*/templates/**/*.html"))
STYLES = sorted((STATIC / "css").rglob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "vendor/icons.svg").read_text()))


def name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
class TestTemplate:
    def test_needs_nothing_that_the_policy_forbids(self, template: Path) -> None:
        text = re.sub(r"{#.*?#}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"\sstyle=|<style\b", text)
        assert not re.search(r"\son[a-z]+=|hx-on|js:|javascript:", text)
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"hx-trigger=[\"'][^\"']*\[", text)

    def test_names_icons_that_are_there(self, template: Path) -> None:
        text = template.read_text(encoding="utf-8")
        named = re.findall(r"\b(?:icon|picture)\(\"([\w-]+)\"|\bicon(?:_after)?=\"([\w-]+)\"", text)
        assert {one or other for one, other in named} <= ICONS

    def test_imports_parts_that_are_there(self, template: Path) -> None:
        for part in re.findall(r"{% (?:from|include|extends) \"((?:parts|web)/[\w/]+\.html)\"", template.read_text()):
            assert (WEB / "templates" / part).is_file(), part


def test_every_icon_is_named_somewhere() -> None:
    assert named(sorted(ICONS)) == ICONS


@pytest.mark.parametrize("style", STYLES, ids=name)
def test_style_has_no_ids_and_no_important(style: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", style.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "!important" not in text
    for selector in re.findall(r"(?:^|[{};])\s*([^{};]+){", text):
        assert not re.search(r"#[a-z]", selector), selector


def test_every_style_is_imported() -> None:
    imported = set(re.findall(r'@import url\("([\w/-]+\.css)"\)', (STATIC / "css/leadkeeper.css").read_text()))
    assert imported == {str(style.relative_to(STATIC / "css")) for style in STYLES} - {"leadkeeper.css"}


@pytest.mark.parametrize("style", STYLES, ids=name)
def test_every_custom_property_is_declared(style: Path) -> None:
    everything = "".join(one.read_text(encoding="utf-8") for one in STYLES)
    declared = set(re.findall(r"(--[\w-]+):", everything))
    assert set(re.findall(r"var\((--[\w-]+)", style.read_text(encoding="utf-8"))) <= declared


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
class TestScript:
    def test_is_short(self, script: Path) -> None:
        assert len(script.read_text(encoding="utf-8").splitlines()) < 150

    def test_imports_what_is_there(self, script: Path) -> None:
        for other in re.findall(r'(?:from|import) "(\./[\w-]+\.js|\.\./vendor/[\w.-]+\.js)"', script.read_text()):
            assert (script.parent / other).is_file(), other

    def test_evaluates_nothing(self, script: Path) -> None:
        assert not re.search(r"\beval\(|new Function|setAttribute\(\"style\"", script.read_text(encoding="utf-8"))


def test_every_vendored_file_is_accounted_for() -> None:
    account = (STATIC / "vendor/VERSIONS.md").read_text(encoding="utf-8")
    for file in (STATIC / "vendor").iterdir():
        assert file.name == "VERSIONS.md" or f"`{file.name}`" in account
