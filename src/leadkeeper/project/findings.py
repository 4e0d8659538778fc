"""What a check-up finds, and how it is told: a line each for people, one object for programs."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadkeeper.project.terminal import gettext as _

# What a key of Clerk's, of Svix' or of ours looks like, and the password within an address.
_SECRETS: Final = re.compile(r"\b(sk_|whsec_|lk_)[^\s'\"…]+|(://)[^/\s@]*@")
_NAME_WIDTH: Final = 18
_COLOURS: Final = {"ok": "green", "warning": "yellow", "problem": "bold red"}


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `remedy` says what to do; it is empty where nothing is."""

    status: Status
    detail: str
    remedy: str = ""


Named = tuple[str, Finding]


def fine(detail: str) -> Finding:
    return Finding(Status.OK, detail)


def warning(detail: str, remedy: str) -> Finding:
    return Finding(Status.WARNING, detail, remedy)


def problem(detail: str, remedy: str) -> Finding:
    return Finding(Status.PROBLEM, detail, remedy)


def one_line(error: object, *, secrets: Iterable[str] = ()) -> str:
    """The words of an error, which may have been made by anybody, without line breaks and these secrets."""
    text = " ".join(str(error).split())
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return text


def tell(found: Iterable[Named], out: TextIO, *, as_json: bool) -> bool:
    """Write each finding as soon as it is there, or all of them as one JSON object; whether all is well."""
    console = Console(file=out) if out.isatty() else None
    told = []
    for name, spoken in found:
        # The last fence: whatever a sentence is made of, nothing that looks like a secret leaves here.
        finding = replace(spoken, detail=_masked(spoken.detail), remedy=_masked(spoken.remedy))
        told.append({"name": name, **asdict(finding)})
        if as_json:
            continue
        if console is not None:
            console.print(_coloured(name, finding))
        else:
            out.write(f"{_word(finding.status):<8} {name:<{_NAME_WIDTH}} {_sentences(finding)}\n")
    well = all(one["status"] != Status.PROBLEM for one in told)
    if as_json:
        out.write(json.dumps({"ok": well, "checks": told}) + "\n")
    return well


def _coloured(name: str, finding: Finding) -> Table:
    row = Table.grid(padding=(0, 1))
    row.add_column(width=8)
    row.add_column(width=_NAME_WIDTH)
    row.add_column()
    row.add_row(Text(_word(finding.status), _COLOURS[finding.status]), Text(name), Text(_sentences(finding)))
    return row


def _word(status: Status) -> str:
    return {Status.OK: _("ok"), Status.WARNING: _("warning"), Status.PROBLEM: _("problem")}[status]


def _sentences(finding: Finding) -> str:
    return f"{finding.detail} {finding.remedy}".rstrip()


def _masked(text: str) -> str:
    return _SECRETS.sub(lambda match: f"{match[1] or match[2]}…" + ("@" if match[2] else ""), text)
