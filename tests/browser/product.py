"""Leadkeeper as an operator starts it: processes of its own on an empty database, connected to a sandbox."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from sandbox import Sandbox, sample_leads

READY_WITHIN_S = 30.0
STOPS_WITHIN_S = 15.0
COMMAND = str(Path(sys.executable).parent / "leadkeeper")


class Product:
    """The product's server, on PostgreSQL with its worker, and its command. `sandbox` stands in for Clerk."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox = Sandbox(folder / "sandbox", f"{self.url}/clerk/users")
        self.log = folder / "product.log"
        self._database_url = database_url
        self._processes: list[subprocess.Popen[bytes]] = []
        self.extra: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "DATABASE_URL": self._database_url,
            "LEADKEEPER_URL": self.url,
            "SECRET_KEY": "only for the tests in a browser",
            **self.sandbox.environment(),
            **self.extra,
        }

    def start(self) -> None:
        """Returns once it is ready."""
        self._spawn("serve", "--port", str(self.port), "--migrate")
        self._wait_until_ready()
        if not self._database_url.startswith("sqlite"):
            self._spawn("worker")

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def command(self, *arguments: str) -> str:
        """What one of its commands prints on stdout."""
        done = subprocess.run(
            [COMMAND, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"leadkeeper {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def sign_in_link(self, email: str) -> str:
        return self.command("sign-in-link", email).split()[-1]

    def fill(self) -> None:
        """Everybody from the sandbox and the sample leads, as the first `make run` does it."""
        self.command("backfill")
        key = self.command("api-key", "create", "--name", "Sample data", "--role", "owner").split()[-1]
        sample_leads.load(self.url, key)

    def _spawn(self, *arguments: str) -> None:
        with self.log.open("ab") as log:
            process = subprocess.Popen([COMMAND, *arguments], env=self.environment, stdout=log, stderr=log)
        self._processes.append(process)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):
                return
            assert self._processes[-1].poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(f"not ready within {READY_WITHIN_S} s: {self.log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
