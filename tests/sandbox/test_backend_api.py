"""The Backend API is as strict as the real one."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from sandbox import NewPerson, Sandbox
from sandbox.faults import Fault


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [user["id"] for user in answer.json()]


def code(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["errors"][0]
    assert error["message"]
    assert error["long_message"]
    return answer.status_code, error["code"]


@pytest.fixture
def crowd(sandbox: Sandbox) -> list[str]:
    """Everybody's id, oldest first: 12 and 1,250 more."""
    sandbox.people.add_many(NewPerson(f"P{number}") for number in range(1250))
    return [id_ for _, id_ in sandbox.people._oldest_first]


class TestTheKey:
    @pytest.mark.parametrize("given", [None, "Bearer", "Basic abc", "sk_test_x"])
    def test_is_needed_in_its_form(self, sandbox: Sandbox, given: str | None) -> None:
        headers = {"Authorization": given} if given else {}
        for path in ("/v1/users", "/v1/users/count", "/v1/users/user_x", "/v1/instance", "/v1/anything"):
            answer = httpx.get(sandbox.url + path, headers=headers, verify=False)
            assert code(answer) == (401, "authorization_header_format_invalid")

    def test_must_be_the_right_one(self, sandbox: Sandbox) -> None:
        answer = httpx.get(f"{sandbox.url}/v1/users", headers={"Authorization": "Bearer sk_test_wrong"}, verify=False)
        assert code(answer) == (401, "clerk_key_invalid")


class TestTheList:
    def test_is_a_bare_array_of_the_ten_newest(self, api: httpx.Client, crowd: list[str]) -> None:
        assert ids(api.get("/v1/users")) == crowd[: -10 - 1 : -1]

    @pytest.mark.parametrize(("limit", "rows"), [(1, 1), (500, 500), (501, 10), (100000, 10)])
    def test_has_at_most_500_and_ten_when_more_are_asked_for(
        self, api: httpx.Client, crowd: list[str], limit: int, rows: int
    ) -> None:
        assert len(ids(api.get("/v1/users", params={"limit": limit}))) == rows

    @pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=ten", "limit=", "offset=-1", "offset=x", "page=2"])
    def test_refuses_what_it_does_not_understand(self, api: httpx.Client, query: str) -> None:
        assert api.get(f"/v1/users?{query}").status_code == 422

    def test_orders_both_ways_and_upwards_without_a_sign(self, api: httpx.Client, crowd: list[str]) -> None:
        assert ids(api.get("/v1/users?order_by=%2Bcreated_at")) == crowd[:10]
        assert ids(api.get("/v1/users?order_by=created_at")) == crowd[:10]
        assert ids(api.get("/v1/users?order_by=-created_at&offset=5")) == crowd[-6:-16:-1]
        assert ids(api.get("/v1/users?order_by=%2Bcreated_at&offset=1260")) == crowd[1260:]
        assert ids(api.get("/v1/users?offset=5000")) == []

    def test_orders_by_what_changed_last(self, api: httpx.Client, sandbox: Sandbox, crowd: list[str]) -> None:
        sandbox.people.sign_in(crowd[7])
        sandbox.people.sign_in(crowd[3])
        assert ids(api.get("/v1/users?order_by=-updated_at&limit=2")) == [crowd[3], crowd[7]]
        assert ids(api.get("/v1/users?order_by=-last_sign_in_at&limit=2")) == [crowd[3], crowd[7]]

    @pytest.mark.parametrize("order", ["+created_at", "%2B%2Bcreated_at", "role", "-", ""])
    def test_refuses_other_orders_and_a_plus_that_was_not_encoded(self, api: httpx.Client, order: str) -> None:
        assert code(api.get(f"/v1/users?order_by={order}")) == (422, "form_param_value_invalid")

    def test_filters_by_up_to_100_ids_but_still_ten_rows(self, api: httpx.Client, crowd: list[str]) -> None:
        wanted = crowd[:100]
        assert len(ids(api.get("/v1/users", params={"user_id": wanted}))) == 10
        assert set(ids(api.get("/v1/users", params={"user_id": wanted, "limit": 100}))) == set(wanted)
        assert ids(api.get("/v1/users", params={"user_id": ["user_nobody", wanted[0]]})) == [wanted[0]]
        assert api.get("/v1/users", params={"user_id": crowd[:101]}).status_code == 422


class TestTheCursor:
    @pytest.mark.parametrize("order", ["+created_at", "-created_at"])
    def test_walks_everybody_once(self, api: httpx.Client, crowd: list[str], order: str) -> None:
        seen: list[str] = []
        parameters: dict[str, str | int] = {"limit": 500, "order_by": order}
        while page := ids(api.get("/v1/users", params=parameters)):
            seen += page
            parameters["starting_after"] = page[-1]
        assert seen == (crowd if order[0] == "+" else crowd[::-1])

    def test_misses_nobody_while_the_list_changes(self, api: httpx.Client, sandbox: Sandbox, crowd: list[str]) -> None:
        walk = {"limit": "500", "order_by": "+created_at"}
        first = ids(api.get("/v1/users", params=walk))
        for gone in first[:3]:
            sandbox.people.delete(gone)
        new = sandbox.people.add(NewPerson("New"))["id"]
        second = ids(api.get("/v1/users", params={**walk, "starting_after": first[-1]}))
        third = ids(api.get("/v1/users", params={**walk, "starting_after": second[-1]}))
        assert first + second + third == [*crowd, new]

    def test_wants_created_at_and_no_offset(self, api: httpx.Client, crowd: list[str]) -> None:
        cursor = f"starting_after={crowd[5]}"
        for query in ("order_by=-updated_at", "offset=0", "offset=10", "order_by=first_name"):
            answer = api.get(f"/v1/users?{cursor}&{query}")
            assert code(answer) == (422, "form_param_value_invalid")
            assert answer.json()["errors"][0]["meta"] == {"param_name": "starting_after"}
        assert ids(api.get(f"/v1/users?{cursor}&limit=2")) == [crowd[4], crowd[3]]

    def test_that_is_unknown_or_gone_is_404(self, api: httpx.Client, sandbox: Sandbox, crowd: list[str]) -> None:
        sandbox.people.delete(crowd[5])
        for cursor in ("user_nobody", crowd[5]):
            assert code(api.get(f"/v1/users?starting_after={cursor}")) == (404, "resource_not_found")

    def test_can_be_refused(self, api: httpx.Client, sandbox: Sandbox, crowd: list[str]) -> None:
        sandbox.faults.cursor_refused = True
        assert api.get(f"/v1/users?starting_after={crowd[5]}").status_code == 422
        assert len(ids(api.get("/v1/users?offset=3"))) == 10


class TestTheOthers:
    def test_count(self, api: httpx.Client) -> None:
        assert api.get("/v1/users/count").json() == {"object": "total_count", "total_count": 12}

    def test_one_person(self, api: httpx.Client, sandbox: Sandbox) -> None:
        person = sandbox.people.add(NewPerson("Lucas", "Prado"))
        assert api.get(f"/v1/users/{person['id']}").json() == person

    def test_nobody(self, api: httpx.Client) -> None:
        answer = api.get("/v1/users/user_35Pp9t7blmnsngWvPCbeYGO7V4y")
        assert code(answer) == (404, "resource_not_found")
        error = answer.json()["errors"][0]
        assert error["message"] == "not found"
        assert error["long_message"] == "No user was found with id user_35Pp9t7blmnsngWvPCbeYGO7V4y"
        assert answer.json()["clerk_trace_id"]

    def test_what_is_not_there(self, api: httpx.Client) -> None:
        assert api.get("/v1/organizations").status_code == 404
        assert api.delete("/v1/users/user_x").status_code == 405
        assert api.post("/v1/users", json={}).status_code == 405

    def test_another_host_name_is_refused(self, sandbox: Sandbox) -> None:
        answer = httpx.get(f"{sandbox.url}/v1/users", headers={"Host": "evil.example"}, verify=False)
        assert answer.status_code == 421

    def test_connections_are_kept(self, sandbox: Sandbox) -> None:
        port = int(sandbox.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
            for _ in range(2):
                connection.sendall(b"GET /v1/users HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert answers.readline().startswith(b"HTTP/1.1 401")
                length = 0
                while (line := answers.readline().strip()) != b"":
                    name, _, value = line.partition(b":")
                    length = int(value) if name == b"Content-Length" else length
                assert answers.read(length).startswith(b'{"errors"')


class TestTheInstance:
    def test_is_the_one_that_signs_the_webhooks(self, api: httpx.Client, sandbox: Sandbox) -> None:
        answer = api.get("/v1/instance")
        assert answer.status_code == 200
        assert (answer.json()["object"], answer.json()["id"]) == ("instance", sandbox.instance_id)
        assert sandbox.environment()["CLERK_INSTANCE_ID"] == sandbox.instance_id

    def test_takes_no_parameters_and_no_other_method(self, api: httpx.Client) -> None:
        assert code(api.get("/v1/instance?id=1")) == (422, "form_param_unknown")
        assert code(api.patch("/v1/instance", json={})) == (405, "method_not_allowed")

    def test_misbehaves_on_demand(self, api: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("500", only="instance"))
        assert [api.get(path).status_code for path in ("/v1/users", "/v1/instance", "/v1/instance")] == [200, 500, 200]


class TestFaults:
    def test_too_many_requests(self, api: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("429", times=2, retry_after=7))
        for _ in range(2):
            answer = api.get("/v1/users")
            assert code(answer) == (429, "too_many_requests")
            assert answer.headers["Retry-After"] == "7"
        assert api.get("/v1/users").status_code == 200

    def test_after_some_good_ones_and_only_where_wanted(self, api: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("500", skip=1, only="list"))
        paths = ("/v1/users/count", "/v1/users", "/v1/users/count", "/v1/users", "/v1/users")
        assert [api.get(path).status_code for path in paths] == [200, 200, 200, 500, 200]

    def test_garbage(self, api: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("garbage"))
        answer = api.get("/v1/users")
        assert answer.status_code == 200
        assert answer.text.startswith("<!doctype html>")

    def test_cut_short(self, api: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("truncated"))
        answer = api.get("/v1/users")
        with pytest.raises(json.JSONDecodeError):
            answer.json()

    def test_half_a_list_and_a_true_count(self, api: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("half"))
        assert api.get("/v1/users/count").json()["total_count"] == 12
        assert len(ids(api.get("/v1/users?limit=100"))) == 6
        assert len(ids(api.get("/v1/users?limit=100"))) == 12

    def test_hanging(self, api: httpx.Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("hang", seconds=30))
        with pytest.raises(httpx.ReadTimeout):
            api.get("/v1/users", timeout=0.2)
        sandbox.faults.add(Fault("hang", seconds=0.05))
        with pytest.raises(httpx.RemoteProtocolError):
            api.get("/v1/users")
        assert api.get("/v1/users").status_code == 200

    def test_unknown_ones_are_refused(self) -> None:
        with pytest.raises(ValueError, match="A fault is one of"):
            Fault("418")
