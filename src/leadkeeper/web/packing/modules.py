"""One script out of an ES module that imports others, for the few forms of import and export that we write.

Every module becomes a function that is called once, in the order in which a browser would run the modules, and answers
what the module exports:

    const js_rows = (() => {
    const { openDialog } = js_dialog;
    …
    return { rowAtHand };
    })();

Names stay as they are, so that a message of the browser's console still names them. Whatever is written in another form
is refused, rather than packed into something that might do something else.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leadkeeper.web.packing.errors import PackingError

_IMPORT: Final = re.compile(
    r'^import (?:(?:(?P<default>\w+)|\{(?P<names>[\w\s,]+)\}) from )?"(?P<path>\.[^"]+)";\n', re.MULTILINE
)
_EXPORT: Final = re.compile(
    r"^export (?P<default>default )?(?P<kind>async function|function|class|const) (?P<name>\w+)", re.MULTILINE
)
_COMMENT_LINE: Final = re.compile(r"^[ \t]*(?://.*|/\*.*\*/[ \t]*)\n", re.MULTILINE)
_INDENTATION: Final = re.compile(r"^[ \t]+|^\n", re.MULTILINE)
_NOT_PACKED: Final = re.compile(
    r"^(?:import|export)\b.*"  # in a form that none of the above is
    r"|\bimport\s*\(.*|\bimport\.meta\b.*"  # would be looked for beside the packed file
    r"|^(?:(?:const |let )?[\w{][\w ,:{}]* = )?await\b.*",  # the function around it does not wait
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Module:
    """The text of one module, and what it imports."""

    path: Path
    text: str

    @property
    def imports(self) -> list[tuple[Path, str]]:
        """Pairs of a module and how its exports are called here, as the pattern of an assignment, in order."""
        return [
            (self.path.parent.joinpath(found["path"]).resolve(), _pattern(found))
            for found in _IMPORT.finditer(self.text)
        ]


def modules_of(path: Path) -> list[Path]:
    """The module and all that it needs, in the order in which a browser runs them.

    Raises PackingError where two modules import each other, and where one is missing.
    """
    return [module.path for module in _in_order(path)]


def join_modules(path: Path) -> str:
    """The module and all that it needs as one script. Raises PackingError for what is not packed, see above."""
    modules = _in_order(path)
    names = {module.path: re.sub(r"\W", "_", f"{module.path.parent.name}_{module.path.stem}") for module in modules}
    return "".join(_as_function(module, names) for module in modules)


def _in_order(path: Path) -> list[_Module]:
    done: dict[Path, _Module] = {}

    def visit(path: Path, on_the_way: tuple[Path, ...]) -> None:
        if path in done:
            return
        if path in on_the_way:
            raise PackingError(f"{path}: imports itself by way of {on_the_way[-1]}.")
        module = _Module(path, _read(path))
        for imported, _ in module.imports:
            visit(imported, (*on_the_way, path))
        done[path] = module

    visit(path.resolve(), ())
    return list(done.values())


def _as_function(module: _Module, names: dict[Path, str]) -> str:
    imported = [f"const {pattern} = {names[path]};\n" for path, pattern in module.imports if pattern]
    exported = [
        f"default: {found['name']}" if found["default"] else found["name"] for found in _EXPORT.finditer(module.text)
    ]
    body = _EXPORT.sub(r"\g<kind> \g<name>", _IMPORT.sub("", module.text))
    _refuse_what_is_not_packed(module.path, body)
    body = _INDENTATION.sub("", _COMMENT_LINE.sub("", body))
    if not exported:
        return f"(() => {{\n{''.join(imported)}{body}}})();\n"
    returned = f"return {{ {', '.join(exported)} }};\n"
    return f"const {names[module.path]} = (() => {{\n{''.join(imported)}{body}{returned}}})();\n"


def _pattern(found: re.Match[str]) -> str:
    if found["default"]:
        return f"{{ default: {found['default']} }}"
    return f"{{{found['names'].replace(' as ', ': ')}}}" if found["names"] else ""


def _refuse_what_is_not_packed(path: Path, body: str) -> None:
    if found := _NOT_PACKED.search(body):
        line = body[body.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
        raise PackingError(f"{path}: is written in a form that is not packed: '{line.strip()}'.")
    for line in body.splitlines():
        # Indentation is taken away, which inside a text would change it.
        if line.count("`") % 2:
            raise PackingError(f"{path}: a text between backticks goes over several lines: '{line.strip()}'.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\n") + "\n"
    except FileNotFoundError:
        raise PackingError(f"{path}: is imported, but there is no such file.") from None
