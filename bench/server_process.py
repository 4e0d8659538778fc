"""Servers that a measurement starts, waits for and stops."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 90.0


class NotReadyError(Exception):
    """With the last lines that the server wrote."""


@dataclass(frozen=True)
class Server:
    pid: int
    port: int
    ready_after_s: float
    """From starting the process to its first good answer."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(
    command: Sequence[str], *, port: int, ready_path: str, environment: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """The command running, once `ready_path` answers 200; stopped at the end."""
    with log.open("ab") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        while not answers(port, ready_path):
            if process.poll() is not None or time.perf_counter() - started > PATIENCE_S:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
                raise NotReadyError(f"{' '.join(command)} is not ready; it wrote:\n{tail}")
            time.sleep(0.005)
        yield Server(process.pid, port, time.perf_counter() - started)
    finally:
        stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, and after 15 s end it and all that it started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
