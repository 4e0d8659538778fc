"""The API does what its description says, for a thousand made-up requests to a server of our own, each time the same:
no error of ours, no answer off the description, nothing refused that the description permits."""

import http.client
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.server import COMMAND, Server

pytestmark = pytest.mark.processes
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(database_url, tmp_path):
    server = Server(database_url, tmp_path, LEADKEEPER_LANGUAGE="en")
    server.start()
    yield server
    server.stop()


def enter_lead(server, key, phone):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("POST", "/api/leads", json.dumps({"name": "Ana", "phone": phone}), headers)
        return json.load(connection.getresponse())["id"]


@pytest.mark.parametrize(
    ("role", "phases"),
    [
        # Every limit of every field, one by one.
        ("admin", "coverage"),
        # Any values, and calls that follow each other along the links.
        ("admin", "fuzzing,stateful"),
        ("sdr", "fuzzing,stateful"),
    ],
)
def test_the_product_is_as_described(server, tmp_path, role, phases):
    person = server.administrator("ana@example.com")
    key = server.run(COMMAND, "api-key", "create", "--name", "schemathesis", "--role", role)
    leads = [enter_lead(server, key, f"+55 71 98888-{number:04}") for number in range(3)]
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "run", f"http://127.0.0.1:{server.port}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {key}", "--seed", "1", "--continue-on-failure", "--no-color"),
            *("--warnings", "off", "--phases", phases, "--max-examples", "5"),
        ],
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.project.schemathesis_hooks",
            "KNOWN_PERSON": person,
            "KNOWN_LEADS": ",".join(leads),
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = "\n".join(line[:1_000] for line in done.stdout.splitlines()[-300:])
    assert done.returncode == 0, said + done.stderr[-2_000:]
