"""Collect what people read from the source, compile the translations, and say what is missing.

python -m tools.translations          update the catalogue and compile it
python -m tools.translations --check  change nothing; exit 1 when a text is untranslated or a file is out of date
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parent.parent / "src" / "leadkeeper"
FOLDER = PACKAGE / "web" / "locale" / "pt_BR" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# Babel's reader of templates must cut their blocks as the product does.
OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


def main() -> None:
    """Update and compile, or check."""
    template = collect()
    catalog = read_catalog()
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    po, mo = as_po(catalog), as_mo(catalog)
    missing = [message for message in catalog if message.id and not complete(message)]
    if "--check" in sys.argv:
        stale = [path.name for path, text in ((po_path(), po), (mo_path(), mo)) if read_bytes(path) != text]
        if stale:
            sys.exit(f"Out of date: {', '.join(stale)}. Run: make translations")
    else:
        po_path().write_bytes(po)
        mo_path().write_bytes(mo)
    for message in missing:
        print(f"Not translated: {message.id!r} ({message.locations[0][0] if message.locations else ''})")
    if missing:
        sys.exit(f"{len(missing)} texts are not translated into pt-BR.")
    print(f"{len(catalog)} texts, all translated into pt-BR.")


def collect() -> Catalog:
    """Every text in the source, without line numbers, so that moving code changes nothing."""
    template = Catalog(charset="utf-8")
    found = extract_from_dir(PACKAGE, METHODS, OPTIONS, KEYWORDS, strip_comment_tags=True)
    for filename, _, text, comments, context in sorted(found, key=lambda item: (item[0], str(item[2]))):
        template.add(text, None, [(filename, 0)], auto_comments=comments, context=context)
    return template


def read_catalog() -> Catalog:
    if not po_path().exists():
        return Catalog(locale="pt_BR", charset="utf-8")
    with po_path().open("rb") as file:
        return read_po(file, locale="pt_BR")


def as_po(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=118, omit_header=False, sort_output=True, include_lineno=False)
    lines = file.getvalue().splitlines(keepends=True)
    dated = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By')
    return b"".join(line for line in lines if not line.startswith(dated))


def as_mo(catalog: Catalog) -> bytes:
    # Dated always alike, so that the same texts compile to the same bytes.
    with io.BytesIO(as_po(catalog)) as text:
        dated = read_po(text, locale="pt_BR")
    dated.creation_date = dated.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    compiled = io.BytesIO()
    write_mo(compiled, dated)
    return compiled.getvalue()


def complete(message: Message) -> bool:
    """Whether every form of a text has its words."""
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(texts) and not message.fuzzy


def po_path() -> Path:
    return FOLDER / "django.po"


def mo_path() -> Path:
    return FOLDER / "django.mo"


def read_bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


if __name__ == "__main__":
    main()
