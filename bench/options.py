"""What every measurement may be told on the command line."""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    quick: bool
    """Short runs that show that everything works; their figures are not worth keeping."""
    folder: Path
    """Where databases are made. Its disk decides what a commit costs."""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="short runs, to see that everything works")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()),
        help="where the databases are made; its disk decides what a commit costs (default: %(default)s)",
    )


def parse_options(description: str) -> Options:
    parser = argparse.ArgumentParser(description=description)
    add_options(parser)
    arguments = parser.parse_args()
    return Options(quick=arguments.quick, folder=arguments.folder)
