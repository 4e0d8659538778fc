"""`make run`: the product and the sandbox together, tried with a stand-in for the product."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import phonenumbers
import pytest

from sandbox.sample_leads import sample_leads

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
FAKE = Path(__file__).with_name("fake_leadkeeper.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Run:
    """One `make run`, with all that it printed."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.data = folder / "data"
        command = folder / "leadkeeper"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} "$@"\n')
        command.chmod(0o755)
        self.port, self.sandbox_port = free_port(), free_port()
        arguments = ["--port", self.port, "--sandbox-port", self.sandbox_port, "--data", self.data]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLERK_")}
        for name in ("DATABASE_URL", "LEADKEEPER_URL"):
            inherited.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.run", *map(str, arguments), "--leadkeeper", str(command)],
            cwd=ROOT,
            env=inherited | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.output += line

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            assert self.process.poll() is None, self.output
            time.sleep(0.02)

    def end(self) -> int:
        """Wait for its end, and for the last of its output."""
        code = self.process.wait(20)
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()
        return code

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.end()

    def kept(self, name: str) -> str:
        return (self.data / name).read_text()


class Runs:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.all: list[Run] = []

    def __call__(self, **environment: str) -> Run:
        self.all.append(Run(self._folder, environment))
        return self.all[-1]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Runs]:
    runs = Runs(tmp_path)
    yield runs
    for one in runs.all:
        one.stop()


class TestTheFirstStart:
    def test_loads_people_and_leads_and_says_where_all_is(self, run: Runs) -> None:
        first = run()
        first.wait_for("Ctrl+C stops everything.")
        output = first.output
        assert re.search(rf"Leadkeeper +http://127.0.0.1:{first.port}\n", output)
        assert re.search(
            rf"Sign in as ana.souza@aurora.example +http://127.0.0.1:{first.port}/sign-in/ana.souza-token\n", output
        )
        assert re.search(rf"Sandbox.* +http://127.0.0.1:{first.sandbox_port}\n", output)
        assert f"source {first.data}/sandbox.env" in output
        assert "noise" not in output
        assert len(json.loads(first.kept("people.json"))) == 12
        leads = json.loads(first.kept("leads.json"))
        assert len(leads) == 60
        assert leads[0]["key"] == "sample-lead-01"
        spread = Counter(lead["assigned_to"] for lead in leads)
        assert 5 <= spread.pop(None) <= 20
        assert len(spread) > 6
        assert f"export DATABASE_URL=sqlite:///{first.data}/leadkeeper.db\n" in first.kept("sandbox.env")
        assert first.stop(signal.SIGINT) == 0

    def test_connects_the_webhooks(self, run: Runs) -> None:
        first = run()
        first.wait_for("Ctrl+C stops everything.")
        httpx.post(f"http://127.0.0.1:{first.sandbox_port}/control/people", json={"first_name": "L"}, verify=False)
        deadline = time.monotonic() + 5
        while not (first.data / "webhooks").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert first.kept("webhooks") == "user.created\n"

    def test_stopping_stops_the_product_too(self, run: Runs) -> None:
        first = run()
        first.wait_for("Ctrl+C stops everything.")
        pid = int(first.kept("serve.pid"))
        assert first.stop() == 0
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_tells_what_the_product_refused_and_goes_on_next_time(self, run: Runs) -> None:
        first = run(FAKE_LEADS_BREAK="1")
        first.wait_for("Ctrl+C stops everything.")
        assert "The samples are not complete: POST /api/leads answered 422" in first.output
        assert "stage: is odd" in first.output
        first.stop()
        second = run()
        second.wait_for("Ctrl+C stops everything.")
        assert len(json.loads(second.kept("leads.json"))) == 60
        assert second.kept("commands").count("backfill") == 1


class TestTheSecondStart:
    def test_finds_everything_and_loads_nothing(self, run: Runs) -> None:
        first = run()
        first.wait_for("Ctrl+C stops everything.")
        secrets = re.findall("(?:SECRET_KEY|WEBHOOK_SECRET|INSTANCE_ID)=.*", first.kept("sandbox.env"))
        people = json.loads(first.kept("sandbox/sandbox.json"))["people"]
        first.stop()
        (first.data / "leads.json").unlink()
        second = run()
        second.wait_for("Ctrl+C stops everything.")
        assert len(secrets) == 3
        assert all(secret in second.kept("sandbox.env") for secret in secrets)
        assert json.loads(second.kept("sandbox/sandbox.json"))["people"] == people
        assert not (second.data / "leads.json").exists()
        commands = [line.split()[0] for line in second.kept("commands").splitlines()]
        assert commands == ["serve", "backfill", "api-key", "sign-in-link", "serve", "sign-in-link"]

    def test_fills_a_database_that_was_thrown_away(self, run: Runs) -> None:
        first = run()
        first.wait_for("Ctrl+C stops everything.")
        first.stop()
        (first.data / "leadkeeper.db").unlink()
        (first.data / "leads.json").unlink()
        second = run()
        second.wait_for("Ctrl+C stops everything.")
        assert len(json.loads(second.kept("leads.json"))) == 60


class TestWithClerkKeys:
    def test_starts_no_sandbox_and_loads_nothing(self, run: Runs) -> None:
        only = run(CLERK_SECRET_KEY="sk_test_mine", CLERK_WEBHOOK_SECRET="whsec_mine")
        only.wait_for("Ctrl+C stops everything.")
        assert "leadkeeper admin create EMAIL" in only.output
        assert "leadkeeper backfill" in only.output
        assert not (only.data / "sandbox").exists()
        assert only.kept("commands").splitlines() == [f"serve --host 127.0.0.1 --port {only.port}"]


class TestWhatGoesWrong:
    def test_the_product_does_not_start(self, run: Runs) -> None:
        first = run(FAKE_SERVE_FAILS="7")
        assert first.end() == 7
        assert "Leadkeeper ended by itself (exit code 7)" in first.output

    def test_the_product_dies_later(self, run: Runs) -> None:
        first = run()
        first.wait_for("Ctrl+C stops everything.")
        os.kill(int(first.kept("serve.pid")), signal.SIGKILL)
        assert first.end() == 128 + signal.SIGKILL
        assert "Traceback" not in first.output

    @pytest.mark.parametrize("which", ["port", "sandbox-port"])
    def test_a_port_is_taken(self, tmp_path: Path, which: str) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            ports = {"port": free_port(), "sandbox-port": free_port()} | {which: port}
            arguments = [word for name, value in ports.items() for word in (f"--{name}", str(value))]
            done = subprocess.run(
                [sys.executable, "-m", "sandbox.run", *arguments, "--data", str(tmp_path)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        assert done.stderr.startswith(f"Port {port} cannot be used")
        assert {"port": "`make run PORT=", "sandbox-port": "`--sandbox-port "}[which] in done.stderr
        assert done.stderr.count("\n") == 1

    def test_the_folder_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        done = subprocess.run(
            [sys.executable, "-m", "sandbox.run", "--port", str(free_port()), "--data", str(tmp_path / "file")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "cannot be written" in done.stderr
        assert done.stderr.count("\n") == 1


class TestTheSampleLeads:
    def test_are_sixty_with_numbers_of_brazilian_mobiles(self) -> None:
        leads = sample_leads()
        assert len({lead["phone"] for lead in leads}) == len({lead["name"] for lead in leads}) == 60
        for lead in leads:
            number = phonenumbers.parse(lead["phone"])
            assert phonenumbers.is_valid_number(number)
            assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE

    def test_are_varied(self) -> None:
        leads = sample_leads()
        assert len({lead["stage"] for lead in leads}) == 7
        assert len({lead.get("temperature") for lead in leads}) == 4
        assert len({lead["source"] for lead in leads}) == 8
