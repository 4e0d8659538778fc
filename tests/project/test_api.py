"""Every refusal of the API is a problem that names the field, in the reader's language."""

import pytest
from django.test import Client

from leadkeeper.team.problems import Problem

pytestmark = pytest.mark.django_db


def fields(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/api/leads", {"phone": "11912345678"}, "name"),
        ("POST", "/api/leads", {"name": 7, "phone": "11912345678"}, "name"),
        ("POST", "/api/leads", {"name": "Ana", "phone": "11912345678", "assigned_to": "x"}, "assigned_to"),
        ("POST", "/api/leads", {"name": "Ana", "phone": "11912345678", "assigned_to": 7}, "assigned_to"),
        ("GET", "/api/leads?limit=0", None, "limit"),
        ("GET", "/api/leads?limit=201", None, "limit"),
        ("GET", "/api/leads?limit=many", None, "limit"),
        ("GET", "/api/team?active=perhaps", None, "active"),
    ],
)
def test_the_usual_mistakes_are_told_in_both_languages(api, method, path, body, field):
    messages = set()
    for language in ("en", "pt-br"):
        answer = api("admin").generic(
            method, path, _json(body), content_type="application/json", headers={"accept-language": language}
        )
        assert answer.status_code == 422
        assert list(fields(answer)) == [field]
        messages.add(fields(answer)[field])
    assert len(messages) == 2, messages
    assert not any("Input" in message for message in messages)


def _json(body):
    import json

    return json.dumps(body) if body is not None else ""


def test_a_body_that_cannot_be_read_is_400_and_one_that_is_too_large_413(api):
    for body, status in (("{", 400), ("x" * 3_000_000, 413)):
        answer = api("admin").post("/api/leads", body, content_type="application/json")
        assert answer.status_code == status
        assert answer.json()["status"] == status
        assert answer["Content-Type"] == "application/problem+json"


def test_an_unknown_address_is_404_and_no_redirect(api):
    for client in (Client(), api("admin")):
        answer = client.get("/api/nothing")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD"])
def test_a_method_that_is_not_there_is_refused_in_the_apis_form(api, method):
    answer = api("admin").generic(method, "/api/leads")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_another_host_is_refused_in_the_apis_form(settings):
    settings.ALLOWED_HOSTS = ["leads.example"]
    answer = Client(headers={"host": "elsewhere.example"}).get("/api/leads")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("address", ["/api", "/clerk/user", "/clerk/users/x"])
def test_machines_at_a_mistyped_address_get_no_redirect(db, address):
    assert Client().post(address).status_code == 404


def test_the_documentation_is_there_and_describes_every_call():
    paths = Client().get("/api/openapi.json").json()["paths"]
    for path in ("/api/assignees", "/api/team", "/api/leads", "/api/leads/{lead_id}/ownership", "/api/directory"):
        assert path in paths, sorted(paths)
    assert Client().get("/api/docs").status_code == 200


def test_the_documentation_says_of_every_call_how_it_refuses():
    described = Client().get("/api/openapi.json").json()
    refusal = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            content = operation["responses"]["default"]["content"]
            assert content == {"application/problem+json": refusal}, (method, path)
    schemas = described["components"]["schemas"]
    assert schemas["Problem"]["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/FieldProblem"}
    assert set(schemas["FieldProblem"]["required"]) == {"field", "message"}


def test_refusals_are_as_described(api):
    asked = api("admin")
    refusals = [
        asked.get("/api/leads?limit=x"),
        asked.get("/api/leads/nonsense"),
        asked.put("/api/leads"),
        asked.post("/api/leads", "{", content_type="application/json"),
        Client().get("/api/leads"),
        api("support").post("/api/leads", {"name": "Ana", "phone": "11 98765-4321"}, content_type="application/json"),
    ]
    assert [answer.status_code for answer in refusals] == [422, 404, 405, 400, 401, 403]
    for answer in refusals:
        described = Problem.model_validate(answer.json(), extra="forbid")
        assert described.status == answer.status_code
