"""Starting, stopping, and the sentence when that cannot be."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sandbox import Sandbox, SandboxError
from sandbox.environment import write_environment

NOWHERE = "http://127.0.0.1:9/clerk/users"
ROOT = Path(__file__).parents[2]


class TestStartingAndStopping:
    def test_a_taken_port_is_one_sentence(self, tmp_path: Path) -> None:
        with Sandbox(None, NOWHERE) as first:
            port = int(first.url.rpartition(":")[2])
            second = Sandbox(tmp_path, NOWHERE, port)
            with pytest.raises(SandboxError, match=f"Port {port} is already in use"):
                second.start()
        Sandbox(tmp_path, NOWHERE).stop()

    def test_stopped_means_gone_also_for_open_connections(self) -> None:
        sandbox = Sandbox(None, NOWHERE)
        sandbox.start()
        with httpx.Client(base_url=sandbox.url, verify=False) as client:
            assert client.get("/").status_code == 200
            sandbox.stop()
            with pytest.raises(httpx.TransportError):
                client.get("/")
        sandbox.start()
        assert httpx.get(sandbox.url, verify=False).status_code == 200
        sandbox.stop()

    def test_listens_on_this_machine_only(self) -> None:
        with Sandbox(None, NOWHERE) as sandbox:
            assert sandbox.url.startswith("http://127.0.0.1:")


class TestTheEnvironmentFile:
    def test_can_be_sourced_and_is_private(self, tmp_path: Path) -> None:
        file = tmp_path / "sandbox.env"
        write_environment(file, {"CLERK_SECRET_KEY": "sk_test_1", "ODD": "two words $HOME 'quoted'"})
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        script = f'. {file}; printf "%s|%s" "$CLERK_SECRET_KEY" "$ODD"'
        shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
        assert shown == "sk_test_1|two words $HOME 'quoted'"


class TestTheCommand:
    def test_starts_says_where_and_stops(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(tmp_path / "kept")]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(4)]
            url = lines[0].split()[-1]
            assert httpx.get(url, verify=False).status_code == 200
            settings = (tmp_path / "kept" / "environment").read_text()
            assert f"export CLERK_API_URL={url}\n" in settings
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0

    def test_says_in_one_sentence_what_is_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(tmp_path / "file")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "cannot be written" in done.stderr
