"""All tables of docs/performance.md, measured now.

python -m bench [--quick] [--only door,leads] [--record]
"""

import argparse
import sys
import traceback
from collections.abc import Callable

from bench import (
    assignees,
    backfill,
    door,
    footprint,
    hostile,
    idle,
    leads,
    lists,
    live,
    machine,
    many_people,
    million,
    siege,
    transfer,
)
from bench.options import Options, add_options
from bench.product import CommandFailedError
from bench.record import record
from bench.server_process import NotReadyError
from bench.table import Table, show

MEASUREMENTS: dict[str, Callable[[Options], list[Table]]] = {
    "door": door.measure,
    "backfill": backfill.measure,
    "assignees": assignees.measure,
    "leads": leads.measure,
    "lists": lists.measure,
    "footprint": footprint.measure,
    "idle": idle.measure,
    "live": live.measure,
    "hostile": hostile.measure,
    "siege": siege.measure,
    "many_people": many_people.measure,
    "million": million.measure,
    "transfer": transfer.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Prints the tables of docs/performance.md.")
    add_options(parser)
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="some of them (default: %(default)s)")
    parser.add_argument("--record", action="store_true", help="also write them into docs/performance.md")
    arguments = parser.parse_args()
    options = Options(arguments.quick, arguments.folder)
    names = arguments.only.split(",")
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}")

    failed = False
    tables = machine.measure(options)
    show(tables)
    for name in names:
        try:
            measured = MEASUREMENTS[name](options)
        except (CommandFailedError, NotReadyError) as reason:
            print(f"\n{name}: {reason}", file=sys.stderr, flush=True)
            failed = True
        except Exception:  # the other measurements are still worth having
            traceback.print_exc()
            failed = True
        else:
            show(measured)
            tables += measured
    if arguments.record:
        record(tables)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
