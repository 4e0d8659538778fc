"""The description of the API says all that the product does, and how it refuses."""

import re

import pytest
from django.test import Client
from jsonschema_rs import validator_for

from leadkeeper.leads.choices import Consent, Source, Stage, Temperature
from leadkeeper.team.roles import Role

WRITES = ("post", "patch")


@pytest.fixture(scope="module")
def described():
    return Client().get("/api/openapi.json").json()


def operations(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def properties(described, schema):
    return described["components"]["schemas"][schema]["properties"]


def values(property_):
    """Those that a property may have, without null."""
    kinds = property_.get("anyOf", [property_])
    return next(kind["enum"] for kind in kinds if "enum" in kind)


def test_every_refusal_has_its_own_status(described):
    for path, method, operation in operations(described):
        expected = {"400", "401", "403", "422"}
        expected |= {"404"} if "{" in path else set()
        expected |= {"408", "409", "413", "415"} if method in WRITES else set()
        refusals = {status for status in operation["responses"] if not status.startswith("2")}
        assert refusals == expected, (method, path)
        for status in refusals:
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"]


def test_the_form_of_a_refusal_is_described(described):
    schemas = described["components"]["schemas"]
    assert schemas["Problem"]["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/FieldProblem"}
    assert set(schemas["FieldProblem"]["required"]) == {"field", "message"}
    assert "existing" in schemas["DuplicateLeadProblem"]["required"]


def test_what_may_be_chosen_from_is_listed(described):
    lead = properties(described, "LeadIn")
    assert values(lead["stage"]) == Stage.values
    assert values(lead["source"]) == [*Source.values, ""]
    assert values(lead["temperature"]) == [*Temperature.values, ""]
    assert values(lead["consent"]) == Consent.values
    assert values(properties(described, "PersonPatch")["role"]) == list(Role)
    filters = {each["name"]: each["schema"] for each in described["paths"]["/api/leads"]["get"]["parameters"]}
    assert filters["stage"]["enum"] == ["open", *Stage.values, ""]
    assert filters["source"]["enum"] == [*Source.values, ""]


def test_every_text_and_number_that_is_sent_has_a_limit(described):
    sent = [
        (f"{method} {path} {each['name']}", each["schema"])
        for path, method, operation in operations(described)
        for each in operation["parameters"]
    ]
    for schema in ("LeadIn", "LeadPatch", "PersonPatch", "TransferIn"):
        assert described["components"]["schemas"][schema]["additionalProperties"] is False
        sent += [(f"{schema} {name}", each) for name, each in properties(described, schema).items()]
    for name, schema in sent:
        for kind in schema.get("anyOf", [schema]):
            limits = {
                "string": ("maxLength", "enum", "format", "pattern"),
                "integer": ("minimum",),
                "array": ("maxItems",),
            }
            needed = limits.get(kind.get("type"), ())
            assert not needed or any(limit in kind for limit in needed), (name, kind)


def test_no_parameter_is_null(described):
    for path, method, operation in operations(described):
        for parameter in operation["parameters"]:
            assert "anyOf" not in parameter["schema"], (method, path, parameter)


def test_links_lead_to_calls_that_there_are(described):
    known = {operation["operationId"]: operation for _path, _method, operation in operations(described)}
    assert all(re.fullmatch("[a-z_]+", name) for name in known)
    links = 0
    for _path, _method, operation in operations(described):
        for status, answer in operation["responses"].items():
            for link in answer.get("links", {}).values():
                links += 1
                assert status.startswith("2")
                parameters = {each["name"] for each in known[link["operationId"]]["parameters"]}
                assert set(link["parameters"]) <= parameters
    assert links > 20


def test_a_repeatable_call_says_so(described):
    for path, method, operation in operations(described):
        headers = [each["name"] for each in operation["parameters"] if each["in"] == "header"]
        assert headers == (["Idempotency-Key"] if method == "post" else []), path


@pytest.mark.django_db
class TestAnswers:
    """What the product answers is as described; schemathesis asks for more of the same."""

    def valid(self, described, path, method, answer):
        content = described["paths"][path][method]["responses"][str(answer.status_code)]["content"]
        schema = content[answer["Content-Type"].partition(";")[0]]["schema"]
        validator_for({**schema, "components": described["components"]}).validate(answer.json())

    def test_a_lead_and_its_duplicate(self, described, api):
        for _time in range(2):
            answer = api().post("/api/leads", {"name": "Ana", "phone": "11 91234-5678"}, "application/json")
            self.valid(described, "/api/leads", "post", answer)
        assert answer.json()["existing"]["name"] == "Ana"

    def test_lists(self, described, api, person):
        person("sdr")
        for path in ("/api/leads", "/api/team", "/api/assignees", "/api/directory", "/api/directory/deliveries"):
            self.valid(described, path, "get", api().get(path))
            self.valid(described, path, "get", api().get(path, {"nonsense": "1"}))
            self.valid(described, path, "get", Client().get(path))
