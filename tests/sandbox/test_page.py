"""The page and the control API: the same verbs, for a browser and for a script."""

from __future__ import annotations

import re

import httpx
import pytest

from sandbox import NewPerson, Sandbox
from sandbox.clerk_objects import display_name, primary_email
from sandbox.people import role_of
from tests.sandbox.conftest import Endpoint

LUCAS = {"first_name": "Lucas", "last_name": "Prado", "email": "lucas@aurora.example", "role": "sdr"}


def notice(browser: httpx.Client, answer: httpx.Response) -> str:
    """What the page says after a change."""
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    found = re.search(r'role="status">([^<]*)<', page)
    assert found
    return found[1]


def newest(sandbox: Sandbox) -> dict:
    return sandbox.people.find("", 1)[0][0]


class TestThePage:
    def test_shows_people_endpoint_and_labelled_controls(self, browser: httpx.Client, endpoint: Endpoint) -> None:
        answer = browser.get("/")
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        assert "João da Silva" in answer.text
        assert endpoint.url in answer.text
        for label in ("First name", "Last name", "E-mail", "Role", "Pause webhooks"):
            target = re.search(rf'<label for="([a-z_]+)">{label}</label>', answer.text)
            assert target, label
            assert f'id="{target[1]}"' in answer.text
        assert ">Add person</button>" in answer.text
        for verb in ("Edit", "Ban", "Delete"):
            assert f'aria-label="{verb} Ana Souza"' in answer.text

    def test_adds_edits_bans_and_deletes(self, browser: httpx.Client, sandbox: Sandbox) -> None:
        assert notice(browser, browser.post("/people", data=LUCAS)) == "Lucas Prado was added."
        lucas = newest(sandbox)
        path = f"/people/{lucas['id']}"
        assert (display_name(lucas), primary_email(lucas), role_of(lucas)) == (
            "Lucas Prado",
            "lucas@aurora.example",
            "sdr",
        )
        assert 'value="lucas@aurora.example"' in browser.get(path).text
        edited = browser.post(path, data={**LUCAS, "last_name": "Prates", "role": ""})
        assert notice(browser, edited) == "Lucas Prates was saved."
        assert role_of(newest(sandbox)) is None
        assert len(newest(sandbox)["email_addresses"]) == 1
        assert notice(browser, browser.post(f"{path}/ban")) == "Lucas Prates was banned."
        assert 'aria-label="Unban Lucas Prates"' in browser.get("/").text
        assert notice(browser, browser.post(f"{path}/unban")) == "The ban of Lucas Prates was lifted."
        browser.post(f"{path}/deprovision")
        assert newest(sandbox)["deprovisioned"] is True
        assert notice(browser, browser.post(f"{path}/delete")) == "Lucas Prates was deleted."
        assert lucas["id"] not in sandbox.people
        assert browser.post(f"{path}/delete").status_code == 404

    def test_says_what_is_missing_and_keeps_what_was_typed(self, browser: httpx.Client, sandbox: Sandbox) -> None:
        answer = browser.post("/people", data={**LUCAS, "email": "lucas"})
        assert answer.status_code == 422
        assert "name@example.com" in answer.text
        assert 'value="Lucas"' in answer.text
        assert browser.post("/people", data={"role": "sdr", "first_name": "  "}).status_code == 422
        assert len(sandbox.people) == 12

    def test_writes_nothing_unescaped(self, browser: httpx.Client, sandbox: Sandbox) -> None:
        evil = '"><script>alert(1)</script>'
        user = sandbox.people.add(NewPerson(evil, evil, evil, evil, evil))
        for path in ("/", f"/?q={evil}", f"/people/{user['id']}"):
            assert "<script>alert" not in browser.get(path).text

    def test_finds_people_among_many(self, browser: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.people.add_many(NewPerson(f"Pessoa {number}") for number in range(100))
        assert "The newest 50 of 112" in browser.get("/").text
        assert "João da Silva" not in browser.get("/").text
        assert "João da Silva" in browser.get("/?q=joao+silva").text

    def test_pauses_holds_and_repeats(self, browser: httpx.Client, sandbox: Sandbox, endpoint: Endpoint) -> None:
        browser.post("/webhooks/pause", data={"paused": "on"})
        assert sandbox.webhooks.paused
        assert re.search(r'name="paused"[^>]* checked', browser.get("/").text)
        browser.post("/people", data=LUCAS)
        browser.post("/webhooks/pause", data={})
        assert not sandbox.webhooks.paused
        lost = sandbox.webhooks.messages()[0].id
        assert "Not sent" in browser.get("/").text
        browser.post(f"/deliveries/{lost}/repeat")
        browser.post("/webhooks/hold")
        browser.post("/people", data=LUCAS)
        assert "Holding: 1 message" in browser.get("/").text
        assert notice(browser, browser.post("/webhooks/release-reversed")) == "1 held message released."
        assert sandbox.webhooks.wait_until_quiet()
        assert len(endpoint.received) == 2

    def test_makes_the_api_misbehave_and_behave(
        self, browser: httpx.Client, api: httpx.Client, sandbox: Sandbox
    ) -> None:
        browser.post("/faults", data={"kind": "429", "times": "2"})
        browser.post("/faults", data={"kind": "cursor"})
        assert "Answer 429: next 2 requests" in browser.get("/").text
        assert api.get("/v1/users").status_code == 429
        browser.post("/faults", data={"kind": "clear"})
        assert api.get("/v1/users").status_code == 200
        assert not sandbox.faults.cursor_refused
        assert browser.post("/faults", data={"kind": "429", "times": "0"}).status_code == 422

    @pytest.mark.parametrize("path", ["/nothing", "/static/../server.py", "/static/server.py", "/people/user_x"])
    def test_has_nothing_else(self, browser: httpx.Client, path: str) -> None:
        assert browser.get(path).status_code == 404

    def test_serves_its_style_and_script(self, browser: httpx.Client) -> None:
        assert browser.get("/static/sandbox.css").headers["Content-Type"].startswith("text/css")
        assert browser.get("/static/sandbox.js").headers["Content-Type"].startswith("text/javascript")


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
        ],
    )
    def test_change_nothing(self, sandbox: Sandbox, headers: dict[str, str]) -> None:
        with httpx.Client(base_url=sandbox.url, headers=headers, verify=False) as stranger:
            assert stranger.post("/people", data=LUCAS).status_code == 403
            assert stranger.post("/control/people", json=LUCAS).status_code == 403
        assert len(sandbox.people) == 12

    def test_an_origin_of_our_own_is_enough(self, sandbox: Sandbox) -> None:
        with httpx.Client(base_url=sandbox.url, headers={"Origin": sandbox.url}, verify=False) as browser:
            assert browser.post("/people", data=LUCAS).status_code == 303


class TestControl:
    def test_people(self, browser: httpx.Client, sandbox: Sandbox) -> None:
        lucas = browser.post("/control/people", json=LUCAS)
        assert lucas.status_code == 201
        path = f"/control/people/{lucas.json()['id']}"
        assert browser.patch(path, json={"role": "cs", "banned": True}).json()["banned"] is True
        assert browser.get("/control/people?q=lucas").json()["people"][0]["role"] == "cs"
        odd = browser.patch(path, json={"fields": {"email_addresses": None, "new_in_2027": 1}})
        assert odd.json()["email_addresses"] is None
        assert browser.get("/").status_code == 200
        assert browser.delete(path).status_code == 204
        assert browser.delete(path).status_code == 404
        many = browser.post("/control/people", json={"people": [LUCAS, {"username": "x"}], "announce": True})
        assert len(many.json()["ids"]) == 2
        assert len(sandbox.people) == 14

    def test_deliveries(self, browser: httpx.Client, sandbox: Sandbox, endpoint: Endpoint) -> None:
        browser.post("/control/webhooks", json={"hold": True})
        browser.post("/control/deliveries", json={"type": "session.created", "data": {"id": "sess_1"}})
        browser.post("/control/deliveries", json={"raw": "[1, 2"})
        assert browser.get("/control/state").json()["held"] == 2
        browser.post("/control/webhooks", json={"release": "reverse"})
        assert sandbox.webhooks.wait_until_quiet()
        assert endpoint.received[0].body == b"[1, 2"
        log = browser.get("/control/deliveries").json()
        assert [message["state"] for message in log] == ["delivered", "delivered"]
        assert browser.post(f"/control/deliveries/{log[0]['id']}/repeat").status_code == 202
        assert browser.post("/control/deliveries/msg_x/repeat").status_code == 404

    def test_faults_and_state(self, browser: httpx.Client, api: httpx.Client) -> None:
        browser.post("/control/faults", json={"kind": "500", "times": 2, "only": "list", "cursor_refused": True})
        assert api.get("/v1/users").status_code == 500
        state = browser.get("/control/state").json()
        assert state["faults"][0]["times"] == 1
        assert state["cursor_refused"] is True
        assert state["calls"] == {"list": 1, "500": 1}
        assert state["last_request"]["path"] == "/v1/users"
        assert "authorization" not in state["last_request"]["headers"]
        assert browser.delete("/control/faults").status_code == 204
        assert api.get("/v1/users").status_code == 200

    def test_rotation(self, browser: httpx.Client, sandbox: Sandbox) -> None:
        assert len(browser.post("/control/rotation").json()["webhook_secrets"]) == 2
        assert browser.post("/control/rotation?end=1").json()["webhook_secrets"] == [sandbox.webhook_secret]

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("people", b"{"),
            ("people", b"[]"),
            ("people", b'{"surname": "x"}'),
            ("people", b'{"people": [1]}'),
            ("faults", b'{"kind": "418"}'),
            ("faults", b'{"times": 1}'),
            ("webhooks", b'{"release": "sideways"}'),
            ("deliveries", b'{"type": "user.created"}'),
        ],
    )
    def test_what_it_does_not_understand(self, browser: httpx.Client, path: str, body: bytes) -> None:
        answer = browser.post(f"/control/{path}", content=body)
        assert answer.status_code == 422
        assert answer.json()["error"]
