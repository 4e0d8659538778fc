"""Every refusal of the API is a problem that names the field, in the reader's language."""

import pytest
from django.test import Client

from leadkeeper.web.problems import Problem

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
        ("POST", "/api/leads", {"name": "Ana", "phone": "11912345678", "consent": "perhaps"}, "consent"),
        ("POST", "/api/leads", {"name": "Ana", "phone": "11912345678", "stage": "sold"}, "stage"),
        ("POST", "/api/leads", {"name": "Ana", "phone": "11912345678", "temperature": "hot"}, "temperature"),
        ("POST", "/api/leads", {"name": "Ana", "phone": "11912345678", "owner": None}, "owner"),
        ("PATCH", "/api/team/{person}", {"role": "king"}, "role"),
        ("PATCH", "/api/team/{person}", {"role": 7}, "role"),
        ("PATCH", "/api/team/{person}", {"capacity": "5"}, "capacity"),
        ("PATCH", "/api/team/{person}", {"capacity": 1.5}, "capacity"),
        ("PATCH", "/api/team/{person}", {"capacity": -1}, "capacity"),
        ("PATCH", "/api/team/{person}", {"away_until": 7}, "away_until"),
        ("PATCH", "/api/team/{person}", {"away_until": "2031-02-30"}, "away_until"),
        ("PATCH", "/api/team/{person}", {"may_own_leads": "yes"}, "may_own_leads"),
        ("PATCH", "/api/team/{person}", {"active": False}, "active"),
        ("POST", "/api/leads/transfer", {"from": "none", "to": "x"}, "to"),
        ("POST", "/api/leads/transfer", {"from": "none", "to": []}, "to"),
        ("POST", "/api/leads/transfer", {"from": "none", "to": ["{person}"], "sharing": "fairly"}, "sharing"),
        ("POST", "/api/leads/transfer", {"from": "none", "to": ["{person}"], "closed": 1}, "closed"),
        ("GET", "/api/leads?limit=0", None, "limit"),
        ("GET", "/api/leads?limit=201", None, "limit"),
        ("GET", "/api/leads?limit=many", None, "limit"),
        ("GET", "/api/leads?limit=", None, "limit"),
        ("GET", "/api/leads?stage=sold", None, "stage"),
        ("GET", "/api/leads?assigned_to=ana", None, "assigned_to"),
        ("GET", "/api/leads?assigned_to=me", None, "assigned_to"),
        ("GET", "/api/leads?cursor=x", None, "cursor"),
        ("GET", f"/api/leads?q={'x' * 201}", None, "q"),
        ("GET", f"/api/team?q={'x' * 201}", None, "q"),
        ("GET", f"/api/assignees?q={'x' * 201}", None, "q"),
        ("GET", "/api/team?active=perhaps", None, "active"),
        ("GET", "/api/team?role=king", None, "role"),
        ("GET", "/api/directory/deliveries?outcome=good", None, "outcome"),
        ("POST", "/api/directory/backfill?force=perhaps", None, "force"),
    ],
)
def test_the_usual_mistakes_are_told_in_both_languages(api, person, method, path, body, field):
    messages, id_ = set(), str(person().user_id)
    for language in ("en", "pt-br"):
        answer = api("admin").generic(
            method,
            path.replace("{person}", id_),
            _json(body).replace("{person}", id_),
            content_type="application/json",
            headers={"accept-language": language},
        )
        assert answer.status_code == 422, answer.content
        assert list(fields(answer)) == [field]
        messages.add(fields(answer)[field])
        if language == "pt-br":
            assert answer.json()["title"] == "Dados inválidos"
    assert len(messages) == 2, messages
    for word in ("Input", "LeadIn", "PersonPatch", "TransferIn"):
        assert not any(word in message for message in messages)


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


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_is_refused_in_the_apis_form(api, method):
    answer = api("admin").generic(method, "/api/leads")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert set(api("admin").head("/api/leads/transfer")["Allow"].split(", ")) == {"POST"}


def test_where_something_can_be_read_its_head_can_be_asked_for(api):
    read, head = api("admin").get("/api/team"), api("admin").head("/api/team")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == read["Content-Length"]
    assert head["Content-Type"] == read["Content-Type"]
    assert Client().head("/api/team").status_code == 401


def test_no_cache_keeps_an_answer(api):
    client = api("admin")
    for answer in (client.get("/api/team"), client.get("/api/nothing"), Client().get("/api/team")):
        assert "no-store" in answer["Cache-Control"]


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


def test_refusals_are_as_described(api):
    asked = api("admin")
    refusals = [
        asked.get("/api/leads?limit=x"),
        asked.get("/api/leads/nonsense"),
        asked.put("/api/leads"),
        asked.post("/api/leads", "{", content_type="application/json"),
        asked.post("/api/leads", "name=Ana", content_type="application/x-www-form-urlencoded"),
        Client().get("/api/leads"),
        api("support").post("/api/leads", {"name": "Ana", "phone": "11 98765-4321"}, content_type="application/json"),
    ]
    assert [answer.status_code for answer in refusals] == [422, 404, 405, 400, 415, 401, 403]
    for answer in refusals:
        described = Problem.model_validate(answer.json(), extra="forbid")
        assert described.status == answer.status_code
