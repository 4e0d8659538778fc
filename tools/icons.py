"""Make the sprite of icons out of Lucide's files: those that are named somewhere in the product, and no others.

python -m tools.icons             take out what is named no more
python -m tools.icons kanban flag and put these in
"""

import io
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "leadkeeper"
SPRITE = PACKAGE / "web" / "static" / "vendor" / "icons.svg"
# The version is in static/vendor/VERSIONS.md, too.
LUCIDE = "lucide-static@1.62.0"
SYMBOL = re.compile(r'<symbol id="([\w-]+)"')
NAMING = ("*/templates/**/*.html", "**/*.py", "web/static/js/*.js")


def main() -> None:
    """Write the sprite. Exits with a sentence when Lucide has no icon of a name."""
    names = sorted(named(SYMBOL.findall(SPRITE.read_text(encoding="utf-8"))) | set(sys.argv[1:]))
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", LUCIDE], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()
        with tarfile.open(fileobj=io.BytesIO((Path(folder) / packed).read_bytes())) as lucide:
            symbols = "".join(symbol(name, lucide) for name in names)
    SPRITE.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n', encoding="utf-8")
    print(f"{len(names)} icons.")


def named(names: list[str]) -> set[str]:
    """Those of the names that stand in quotation marks in a template, a module or a script."""
    text = "".join(path.read_text(encoding="utf-8") for naming in NAMING for path in PACKAGE.glob(naming))
    return {name for name in names if re.search(rf"[\"'`]{re.escape(name)}[\"'`]", text)}


def symbol(name: str, lucide: tarfile.TarFile) -> str:
    """The inside of Lucide's file as a symbol; its looks come from `.icon` in base.css."""
    try:
        file = lucide.extractfile(f"package/icons/{name}.svg")
    except KeyError:
        sys.exit(f"{LUCIDE} has no icon '{name}'.")
    assert file
    inside = re.search(r"<svg\b[^>]*>(.*)</svg>", file.read().decode(), re.DOTALL)
    assert inside
    content = re.sub(r"\s*\n\s*|\s+(?=/>)", "", inside[1])
    return f'<symbol id="{name}" viewBox="0 0 24 24">{content}</symbol>\n'


if __name__ == "__main__":
    main()
