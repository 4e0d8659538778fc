"""The file that a terminal can `source` to talk to the same sandbox and database."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from sandbox.state_file import write_private


def write_environment(path: Path, variables: Mapping[str, str]) -> None:
    """Write `export NAME=value` lines, readable by the owner only: there are secrets in it."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    write_private(path, "".join(lines).encode())
