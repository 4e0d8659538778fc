"""What `make run` does: the product, and where no Clerk keys are set the sandbox beside it."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, unquote

from sandbox import sample_leads
from sandbox.clerk_objects import primary_email
from sandbox.environment import write_environment
from sandbox.server import HOST, Sandbox
from sandbox.state_file import SandboxError

READY_WITHIN = 120.0
STOPS_WITHIN = 15.0


class Stopped(Exception):
    """Ends everything with this exit code; the message, if any, was meant for the reader."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code = code


class Product:
    """The `leadkeeper` command beside our Python: its server as a child, its other commands one by one."""

    def __init__(self, command: Path, port: int, environment: dict[str, str], stop: threading.Event) -> None:
        self.url = f"http://{HOST}:{port}"
        self._command = str(command)
        self._port = port
        # All of this terminal in one language, which here is English.
        self._environment = environment | {"LC_ALL": "C.UTF-8"}
        self._stop = stop
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Product:
        serve = [self._command, "serve", "--host", HOST, "--port", str(self._port)]
        try:
            # A session of its own: Ctrl+C reaches us, and we stop it in order.
            self._server = subprocess.Popen(serve, env=self._environment, start_new_session=True)
        except OSError as error:
            raise Stopped(1, f"{self._command} cannot be started ({error.strerror}): run `make install`.") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server and self._server.poll() is None:
            self._server.terminate()
            try:
                self._server.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._server.pid, signal.SIGKILL)
                self._server.wait()

    def wait_until_ready(self) -> None:
        """Wait for `/health/ready` to answer 200. Raises Stopped."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            self.watch()
            with contextlib.suppress(OSError), opener.open(f"{self.url}/health/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
            self._stop.wait(0.1)
        raise Stopped(1, f"Leadkeeper was not ready within {READY_WITHIN:.0f} seconds; its messages are above.")

    def watch(self) -> None:
        """Raise Stopped when asked to stop, or when the server has ended by itself."""
        if self._stop.is_set():
            raise Stopped(0)
        code = self._server.poll() if self._server else None
        if code is not None:
            shown = code if code > 0 else 128 - code if code < 0 else 1
            raise Stopped(shown, f"Leadkeeper ended by itself (exit code {code}); its messages are above.")

    def run(self, *arguments: str) -> str:
        """Run another of its commands, quietly. Returns what it printed; raises CommandFailed or Stopped."""
        with subprocess.Popen(
            [self._command, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as command:
            while True:
                try:
                    output, complaint = command.communicate(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    try:
                        self.watch()
                    except Stopped:
                        command.terminate()
                        raise
        if command.returncode:
            last = (complaint.strip() or output.strip() or "no message").splitlines()[-1]
            raise CommandFailed(f"`leadkeeper {arguments[0]}` failed (exit code {command.returncode}): {last}")
        return output


class CommandFailed(Exception):
    """One of the product's commands failed; the message says which, and its last line."""


def main(arguments: list[str] | None = None) -> int:
    # Secrets, people and leads: nobody else on this machine reads them.
    os.umask(0o077)
    options = _options(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: stop.set())
    try:
        _check_port(options.port, "Leadkeeper", f"make run PORT={options.port + 10}")
        _make_folder(options.data)
        _run(options, stop)
    except (Stopped, SandboxError) as ended:
        if str(ended):
            print(ended, file=sys.stderr, flush=True)
        return ended.code if isinstance(ended, Stopped) else 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.run", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where the product answers (default: 8000)")
    parser.add_argument("--sandbox-port", type=int, help="where the sandbox answers (default: the next port)")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder for everything (default: data)")
    beside = Path(sys.executable).parent / "leadkeeper"
    parser.add_argument("--leadkeeper", type=Path, default=beside, help="the product's command")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, stop: threading.Event) -> None:
    port, data, command = options.port, options.data.resolve(), options.leadkeeper
    sandbox_port = port + 1 if options.sandbox_port is None else options.sandbox_port
    ours = {}
    if not os.environ.get("DATABASE_URL"):
        ours["DATABASE_URL"] = f"sqlite:///{quote(str(data))}/leadkeeper.db"
    if not os.environ.get("LEADKEEPER_URL"):
        ours["LEADKEEPER_URL"] = f"http://{HOST}:{port}"
    database, is_new = _database(data)

    if os.environ.get("CLERK_SECRET_KEY") or os.environ.get("CLERK_WEBHOOK_SECRET"):
        with Product(command, port, {**os.environ, **ours}, stop) as product:
            product.wait_until_ready()
            _say_how_to_begin(product)
            _wait(product, stop)
        return

    chosen = options.sandbox_port is not None
    _check_port(
        sandbox_port, "the sandbox", f"--sandbox-port {sandbox_port + 10}" if chosen else f"make run PORT={port + 10}"
    )
    sandbox = Sandbox(data / "sandbox", f"http://{HOST}:{port}/clerk/users", sandbox_port)
    sandbox.start()
    try:
        file = data / "sandbox.env"
        ours |= sandbox.environment()
        write_environment(file, ours)
        with Product(command, port, {**os.environ, **ours}, stop) as product:
            product.wait_until_ready()
            _prepare(product, sandbox, database, is_new)
            _say_where(product, sandbox, file)
            _wait(product, stop)
    finally:
        sandbox.stop()


def _prepare(product: Product, sandbox: Sandbox, database: str, is_new: bool) -> None:
    """The first start on a database: everybody from the sandbox, then the sample leads. Never twice."""
    done: dict[str, str] = dict(sandbox.notes.get("prepared") or {})
    if is_new:
        done.pop(database, None)
    if done.get(database) == "all":
        return
    try:
        if database not in done:
            print("Loading the sample team …", flush=True)
            product.run("backfill")
            done[database] = "people"
            sandbox.people.note("prepared", done)
        key = product.run("api-key", "create", "--name", "Sample data", "--role", "owner").split()[-1]
        begun = done[database] == "leads begun"
        if begun or not sample_leads.has_leads(product.url, key):
            print("Loading the sample leads …", flush=True)
            done[database] = "leads begun"
            sandbox.people.note("prepared", done)
            sample_leads.load(product.url, key, lambda *_: product.watch())
        done[database] = "all"
        sandbox.people.note("prepared", done)
    except (CommandFailed, sample_leads.NotLoaded, IndexError) as problem:
        print(f"The samples are not complete: {problem}", file=sys.stderr, flush=True)


def _say_where(product: Product, sandbox: Sandbox, file: Path) -> None:
    first = sandbox.people.first_administrator()
    email = primary_email(first) if first else None
    link = f"none: nobody in {sandbox.url} is owner or admin, has an e-mail and is active"
    if email:
        try:
            found = re.search(r"https?://\S+", product.run("sign-in-link", email))
            link = found[0] if found else "`leadkeeper sign-in-link` printed none"
        except CommandFailed as problem:
            link = str(problem)
    shown = os.path.relpath(file)
    _print_block(
        ("Leadkeeper", product.url),
        (f"Sign in as {email}" if email else "Sign in", link),
        ("Sandbox (stands in for Clerk)", sandbox.url),
        ("In another terminal", f"source {shown if not shown.startswith('..') else file}"),
        ("", f"{os.path.relpath(sys.executable).rpartition('/')[0]}/leadkeeper backfill"),
        ends="The link works once, for 15 minutes. Ctrl+C stops everything.",
    )


def _say_how_to_begin(product: Product) -> None:
    _print_block(
        ("Leadkeeper", product.url),
        ("First administrator", "leadkeeper admin create EMAIL"),
        ("Everybody from Clerk", "leadkeeper backfill"),
        ("A sign-in link", "leadkeeper sign-in-link EMAIL"),
        ends="Clerk keys are set, so the sandbox stays away. Ctrl+C stops everything.",
    )


def _print_block(*lines: tuple[str, str], ends: str) -> None:
    width = max(len(label) for label, _ in lines) + 2
    body = "".join(f"  {label:<{width}}{value}\n" for label, value in lines)
    print(f"\n{body}\n  {ends}\n", flush=True)


def _wait(product: Product, stop: threading.Event) -> None:
    """Until somebody asks to stop; raises Stopped when the product ends first."""
    while not stop.wait(0.2):
        product.watch()


def _database(data: Path) -> tuple[str, bool]:
    """What the notes call the database in use, and whether it is an SQLite file that is not there yet."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return "default", not (data / "leadkeeper.db").exists()
    is_new = url.startswith("sqlite:///") and not Path(unquote(url.removeprefix("sqlite:///"))).exists()
    return hashlib.sha256(url.encode()).hexdigest()[:16], is_new


def _check_port(port: int, what: str, remedy: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "it is no port number"
            raise Stopped(
                1,
                f"Port {port} cannot be used for {what} ({reason.lower()}): choose another with `{remedy}`.",
            ) from None


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Stopped(
            1,
            f"The data folder {data} cannot be written ({error.strerror}): "
            "make it writable, or choose another with --data.",
        ) from None


if __name__ == "__main__":
    sys.exit(main())
