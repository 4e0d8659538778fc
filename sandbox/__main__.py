"""`python -m sandbox`: the stand-in alone, beside a product that is started by other means."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox.environment import write_environment
from sandbox.server import Sandbox
from sandbox.state_file import SandboxError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="where it answers (default: 8001; 0: any free one)")
    parser.add_argument("--data", type=Path, default=Path("data/sandbox"), help="folder that keeps people and secrets")
    parser.add_argument("--endpoint", default="http://127.0.0.1:8000/clerk/users", help="where webhooks are sent")
    parser.add_argument("--people", type=int, default=12, help="how many people a new sandbox begins with")
    arguments = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        sandbox = Sandbox(arguments.data, arguments.endpoint, arguments.port, arguments.people)
        sandbox.start()
        environment = arguments.data / "environment"
        write_environment(environment, sandbox.environment())
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Sandbox            {sandbox.url}")
    print(f"Webhooks go to     {sandbox.endpoint_url}")
    print(f"Connect a terminal source {environment}")
    print("Ctrl+C stops it.", flush=True)
    stop.wait()
    sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
