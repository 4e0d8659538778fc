"""What a client sends is read strictly: nothing of it is thrown away in silence, and all that is wrong is said."""

import json
import uuid

import pytest

from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.models import Lead
from leadkeeper.team.models import Membership
from leadkeeper.team.viewer import Viewer

pytestmark = pytest.mark.django_db
LEAD = {"name": "Ana", "phone": "(11) 91234-5678"}


@pytest.fixture
def lead(organization):
    def make():
        return create(NewLead(name="Marina Lopes", phone="(11) 98765-4321"), by=Viewer.system(organization))

    return make


def send(client, method, path, body, content_type="application/json", **headers):
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.generic(method, path, raw, content_type=content_type, headers=headers)


def errors(answer, status=422):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


class TestUnknownFields:
    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("assignedTo", "assigned_to"),
            ("owner_id", "assigned_to"),
            ("ownerId", "assigned_to"),
            ("owner", "assigned_to"),
            ("responsible", "assigned_to"),
            ("assignee", "assigned_to"),
            ("asigned_to", "assigned_to"),
            ("responsável_id", "assigned_to"),
            ("Phone", "phone"),
            ("telefone", "phone"),
            ("e-mail", "email"),
            ("fullName", "name"),
            ("status", "stage"),
            ("utm_source", "source"),
            ("notes", "message"),
        ],
    )
    def test_the_near_one_is_named(self, api, name, near):
        answer = send(api(), "POST", "/api/leads", {**LEAD, name: None})
        assert errors(answer) == {name: f"Unknown field “{name}”. Did you mean “{near}”?"}
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("name", ["tags", "zzz", "", "id", "x" * 10_000, "\ud800", "<b>"])
    def test_where_none_is_near_those_there_are_are_named(self, api, name):
        (field, message), *more = errors(send(api(), "POST", "/api/leads", {**LEAD, name: 1})).items() or [("", "")]
        assert not more
        assert field == name[:60]
        assert not name or "Known fields: phone, phone_extension, email," in message

    def test_on_every_call_that_takes_a_body(self, api, person, lead):
        client, bruno, one = api("owner"), person("sdr"), lead()
        calls = [
            ("PATCH", f"/api/leads/{one.pk}", {"assignedTo": None}, "assignedTo"),
            ("PATCH", f"/api/team/{bruno.user_id}", {"active": False}, "active"),
            ("PATCH", f"/api/team/{bruno.user_id}", {"awayUntil": None}, "awayUntil"),
            ("POST", "/api/leads/transfer", {"from": "none", "to": [str(bruno.user_id)], "dryRun": True}, "dryRun"),
            ("POST", "/api/leads/transfer", {"from_": "none", "to": [str(bruno.user_id)]}, "from_"),
        ]
        for method, path, body, field in calls:
            assert field in errors(send(client, method, path, body)), body
        assert Membership.objects.get(pk=bruno.pk).active

    def test_of_very_many_the_first_are_named(self, api):
        answer = send(api(), "POST", "/api/leads", LEAD | {f"field {number}": 1 for number in range(50_000)})
        assert list(errors(answer)) == [f"field {number}" for number in range(20)]

    def test_also_where_the_call_takes_no_body_at_all(self, api):
        client = api("owner")
        answer = send(client, "POST", "/api/directory/backfill", {"force": True})
        assert errors(answer) == {"force": "This call takes no body: put “force” in the query string."}
        assert "name" in errors(send(client, "POST", f"/api/leads/transfer/{uuid.uuid4()}/undo", {"name": "x"}))
        assert errors(send(client, "POST", "/api/directory/backfill", "[1]")) == {}

    @pytest.mark.parametrize("nothing", ["", "  ", "{}"])
    def test_nothing_is_no_body(self, api, nothing):
        answer = send(api("owner"), "POST", f"/api/leads/transfer/{uuid.uuid4()}/undo", nothing)
        assert answer.status_code == 404


class TestUnknownParameters:
    def test_the_near_one_is_named_on_every_read(self, api, lead):
        client, one = api("owner"), lead()
        for path, near in (
            ("/api/leads?assignedTo=none", "assigned_to"),
            ("/api/leads?owner=none", "assigned_to"),
            ("/api/leads?page=2", "cursor"),
            ("/api/leads?search=ana", "q"),
            ("/api/team?per_page=5", "limit"),
            ("/api/assignees?query=ana", "q"),
            ("/api/directory/deliveries?outcom=failed", "outcome"),
        ):
            name = path.partition("?")[2].partition("=")[0]
            expected = f"Unknown parameter “{name}”. Did you mean “{near}”?"
            assert errors(client.get(path)) == {name: expected}
        for path in (f"/api/leads/{one.pk}", f"/api/leads/{one.pk}/ownership", "/api/directory"):
            assert errors(client.get(path, {"fields": "name"})) == {"fields": "Unknown parameter “fields”."}

    def test_on_writes_nothing_is_written(self, api, lead):
        client, one = api("owner"), lead()
        assert list(errors(send(client, "POST", "/api/leads?dry_run=1", LEAD))) == ["dry_run"]
        assert list(errors(send(client, "PATCH", f"/api/leads/{one.pk}?version=1", {"name": "New"}))) == ["version"]
        assert list(errors(client.delete(f"/api/leads/{one.pk}?force=1"))) == ["force"]
        kept = Lead.objects.get()
        assert (kept.name, kept.deleted_at) == (one.name, None)

    def test_one_that_is_given_twice_is_not_half_looked_at(self, api):
        answer = api().get("/api/leads?stage=novo&stage=proposta")
        assert errors(answer) == {"stage": "Given more than once."}

    def test_a_tag_finds_nothing_as_long_as_there_are_none(self, api, lead):
        lead()
        assert api().get("/api/leads?tag=vip").json() == {"items": [], "next": None}
        assert len(api().get("/api/leads?tag=").json()["items"]) == 1

    def test_an_empty_filter_narrows_nothing(self, api, lead):
        lead()
        query = "?q=&stage=&assigned_to=&source=&tag=&cursor="
        assert len(api().get(f"/api/leads{query}").json()["items"]) == 1

    def test_more_than_django_reads_is_a_bad_request(self, api):
        answer = api().get("/api/leads?" + "&".join(f"a{number}=1" for number in range(2_000)))
        assert errors(answer, 400) == {}


class TestAllAtOnce:
    def test_a_lead(self, api):
        wrong = {
            "name": "  ",
            "phone": "12",
            "email": "nobody",
            "source": "TV spot",
            "stage": "sold",
            "temperature": "hot",
            "consent": "perhaps",
            "message": "x" * 10_001,
            "campaign": "x" * 201,
            "assigned_to": "00000000-0000-0000-0000-000000000000",
            "tags": ["vip"],
        }
        assert set(errors(send(api(), "POST", "/api/leads", wrong))) == set(wrong)
        assert not Lead.objects.exists()

    def test_what_is_missing_too(self, api):
        answer = send(api(), "POST", "/api/leads", {"stage": 7, "tags": []})
        assert set(errors(answer)) == {"name", "phone", "stage", "tags"}
        assert set(errors(send(api(), "POST", "/api/leads", {}))) == {"name", "phone"}

    @pytest.mark.parametrize("name", [None, 7, ""])
    def test_each_field_once(self, api, name):
        answer = send(api(), "POST", "/api/leads", {"name": name, "email": "m@example.com", "assigned_to": [1]})
        assert sorted(error["field"] for error in answer.json()["errors"]) == ["assigned_to", "name"]

    def test_where_the_phone_is_wrong_it_is_not_missing(self, api):
        assert list(errors(send(api(), "POST", "/api/leads", {"name": "Ana", "email": 7}))) == ["email"]
        assert list(errors(send(api(), "POST", "/api/leads", {"name": "Ana", "phone": 7}))) == ["phone"]

    def test_changes_of_a_lead(self, api, lead, person):
        one, gone = lead(), person("sdr", active=False)
        wrong = {"name": "", "phone": 7, "stage": "sold", "assigned_to": str(gone.user_id), "owner": 1, "version": "1"}
        answer = send(api(), "PATCH", f"/api/leads/{one.pk}", {**wrong, "message": "new"})
        assert set(errors(answer)) == set(wrong)
        assert Lead.objects.get().message == one.message

    def test_what_is_set_of_a_person(self, api, person):
        bruno = person("sdr")
        wrong = {"role": "king", "capacity": -1, "away_until": "2001-01-01", "may_own_leads": "no", "active": False}
        assert set(errors(send(api(), "PATCH", f"/api/team/{bruno.user_id}", wrong))) == set(wrong)

    def test_a_transfer(self, api, person):
        wrong = {"from": "x", "to": [], "lead_ids": ["x", "y"], "sharing": "fair", "note": "x" * 1001, "when": "now"}
        assert set(errors(send(api("manager"), "POST", "/api/leads/transfer", wrong))) == set(wrong)

    def test_parameters(self, api):
        query = "?stage=sold&source=TV&assigned_to=x&limit=0&cursor=x&order=name"
        assert set(errors(api().get(f"/api/leads{query}"))) == {
            *("stage", "source", "assigned_to", "limit", "cursor", "order"),
        }

    def test_parameters_and_body(self, api):
        assert set(errors(send(api(), "POST", "/api/leads?force=1", {**LEAD, "owner": 1}))) == {"force", "owner"}

    def test_the_detail_says_each_field(self, api):
        answer = send(api(), "POST", "/api/leads", {"name": "", "email": "m@example.com", "stage": "sold"})
        assert answer.json()["detail"].startswith("name: Enter a name. stage: Choose one of these: novo,")


class TestJson:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"{", 400),
            (b"{'name': 1}", 400),
            (b'{"name": "Ana", "phone": NaN}', 400),
            (b'{"name": Infinity}', 400),
            (b'{"name": 1e999}', 422),
            (b'{"name": ' + b"9" * 5_000 + b"}", 400),
            (b'{"name": 123456789012345678901234567890}', 422),
            (b"[" * 100_000, 400),
            (b'{"name": ' + b"[" * 500 + b"]" * 500 + b"}", 422),
            (b'{"a":' * 100_000, 400),
            (b'"\\ud800"', 422),
            (b"\xff\xfe{", 400),
            (b"\x00", 400),
            (b"[]", 422),
            (b"null", 422),
            (b"7", 422),
            (b'"x"', 422),
        ],
    )
    def test_what_is_no_json_object_is_the_senders_mistake(self, api, body, status):
        answer = send(api(), "POST", "/api/leads", body)
        fields = errors(answer, status)
        assert "" not in fields
        assert answer.json()["detail"]

    def test_a_name_that_is_there_twice_is_refused(self, api):
        body = '{"name": "Ana", "phone": "(11) 91234-5678", "assigned_to": null, "assigned_to": "x"}'
        assert errors(send(api(), "POST", "/api/leads", body)) == {"assigned_to": "Given more than once."}
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("language", ["en", "pt-br"])
    def test_a_body_that_is_no_object_is_told_without_our_own_names(self, api, language):
        for body in ("[]", ""):
            answer = send(api(), "POST", "/api/leads", body, **{"accept-language": language})
            expected = "O corpo deve ser um objeto JSON." if language == "pt-br" else "The body must be a JSON object."
            assert (answer.status_code, answer.json()["detail"], answer.json()["errors"]) == (422, expected, [])

    @pytest.mark.parametrize(
        "media_type",
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
    )
    def test_what_says_it_is_no_json_is_415(self, api, media_type):
        assert errors(send(api(), "POST", "/api/leads", LEAD, media_type), 415) == {}
        assert errors(send(api("owner"), "POST", "/api/directory/backfill", "x", media_type), 415) == {}

    @pytest.mark.parametrize(
        "media_type", ["application/json", "Application/JSON; charset=utf-8", "application/x+json", ""]
    )
    def test_what_may_be_json_is_read_as_such(self, api, media_type):
        assert send(api(), "POST", "/api/leads", LEAD, media_type).status_code == 201

    def test_a_form_with_nothing_in_it_is_no_body(self, api):
        assert api("owner").post(f"/api/leads/transfer/{uuid.uuid4()}/undo").status_code == 404
        answer = api("owner").post("/api/directory/backfill", {"force": "1"})
        assert answer.status_code == 415
