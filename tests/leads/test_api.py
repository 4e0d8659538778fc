import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.live.announce import announce
from leadkeeper.live.models import Notice
from leadkeeper.team.models import Membership, Organization
from tests.at_once import at_once
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, chained, wrong_counters

pytestmark = pytest.mark.django_db
Api = Callable[..., Client]
MARINA = {"name": "Marina Lopes", "phone": "(11) 98765-4321"}


def post(client: Client, body: Any, path: str = "/api/leads") -> Any:
    return client.post(path, body, content_type="application/json")


def patch(client: Client, lead: Lead, body: Any) -> Any:
    return client.patch(f"/api/leads/{lead.pk}", body, content_type="application/json")


def field_refused(answer: Any) -> str:
    assert answer.status_code == 422, answer.content
    assert answer["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["title"]
    assert problem["errors"][0]["message"]
    return str(problem["errors"][0]["field"])


class TestTheDoor:
    CALLS = (
        ("get", "/api/leads", 200),
        ("post", "/api/leads", 422),
        ("get", "/api/leads/{lead}", 200),
        ("patch", "/api/leads/{lead}", 422),
        ("delete", "/api/leads/{lead}", 204),
        ("get", "/api/leads/{lead}/ownership", 200),
    )

    @pytest.mark.parametrize(("method", "path", "_status"), CALLS)
    def test_nobody_gets_in_without_a_key(self, lead: MakeLead, method: str, path: str, _status: int) -> None:
        address = path.format(lead=lead().pk)
        for client in (Client(), Client(headers={"authorization": "Bearer lk_wrong"})):
            answer = getattr(client, method)(address, content_type="application/json")
            assert answer.status_code == 401
            assert answer["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(("method", "path", "status"), CALLS)
    def test_who_may_only_look_may_not_write(
        self, lead: MakeLead, api: Api, method: str, path: str, status: int
    ) -> None:
        address = path.format(lead=lead().pk)
        body = {**MARINA} if method == "post" else {"message": "x"}
        options = {} if method == "get" else {"data": json.dumps(body), "content_type": "application/json"}
        answer = getattr(api("support"), method)(address, **options)
        assert answer.status_code == (200 if method == "get" else 403)

    @pytest.mark.parametrize(("method", "path", "_status"), CALLS[2:])
    def test_the_lead_of_another_organization_and_none_at_all_do_not_exist(
        self, lead: MakeLead, api: Api, other_organization: Organization, method: str, path: str, _status: int
    ) -> None:
        theirs = lead(organization=other_organization)
        for id_ in (theirs.pk, uuid.uuid4(), "nonsense", "%00"):
            options = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
            answer = getattr(api("admin"), method)(path.format(lead=id_), **options)
            assert answer.status_code == 404
            assert answer["content-type"] == "application/problem+json"
        assert Lead.objects.get(pk=theirs.pk).deleted_at is None

    def test_a_browser_s_session_does_as_well(
        self, person: MakePerson, client_of: Callable[[Membership], Client], lead: MakeLead
    ) -> None:
        bruno = person("sdr")
        made = post(client_of(bruno), MARINA)
        assert made.status_code == 201
        assert made.json()["assigned_to"] == str(bruno.user_id)
        history = client_of(bruno).get(f"/api/leads/{made.json()['id']}/ownership").json()
        assert history[0]["by"] == {"kind": "person", "id": str(bruno.user_id), "name": bruno.user.name}
        mine = client_of(bruno).get("/api/leads?assigned_to=me").json()["items"]
        assert [each["id"] for each in mine] == [made.json()["id"]]


class TestCreate:
    def test_201_with_the_lead(self, api: Api, person: MakePerson) -> None:
        bruno = person("sdr")
        body = {
            **MARINA,
            "email": "Marina@example.com",
            "source": "landing_page",
            "campaign": "Landing page of May",
            "temperature": "morno",
            "message": "Call me",
            "assigned_to": str(bruno.user_id),
        }
        answer = post(api("sdr"), body)

        assert answer.status_code == 201, answer.content
        made = answer.json()
        times = {name: made.pop(name) for name in ("assigned_at", "created_at", "updated_at")}
        assert made == {
            "id": str(Lead.objects.get().pk),
            "version": 1,
            "name": "Marina Lopes",
            "phone": "+5511987654321",
            "phone_extension": None,
            "email": "Marina@example.com",
            "source": "landing_page",
            "campaign": "Landing page of May",
            "stage": "novo",
            "temperature": "morno",
            "message": "Call me",
            "consent": None,
            "consent_version": None,
            "consent_at": None,
            "assigned_to": str(bruno.user_id),
        }
        for time in times.values():
            assert time.endswith("Z")
            assert datetime.fromisoformat(time)

    def test_what_is_not_there_is_null(self, api: Api) -> None:
        made = post(api(), {"name": "Marina", "email": "m@example.com"}).json()
        nulls = ("phone", "source", "campaign", "temperature", "message", "assigned_to", "assigned_at")
        assert [made[name] for name in nulls] == [None] * 7

    def test_null_is_as_good_as_nothing(self, api: Api) -> None:
        body = {**MARINA, "email": None, "source": None, "temperature": None, "message": None, "assigned_to": None}
        assert post(api(), body).status_code == 201

    @pytest.mark.parametrize(
        ("field", "bad"),
        [
            ("name", None),
            ("name", ""),
            ("name", 7),
            ("name", "x" * 201),
            ("name", "\ud800"),
            ("phone", "12"),
            ("phone", ["11"]),
            ("email", "no address"),
            ("source", "TV spot"),
            ("stage", "sold"),
            ("stage", None),
            ("temperature", "hot"),
            ("message", {}),
            ("assigned_to", "bruno"),
            ("assigned_to", ""),
            ("assigned_to", 7),
            ("assigned_to", []),
            ("assigned_to", "00000000-0000-0000-0000-000000000000"),
            ("assigned_to", "\0"),
        ],
    )
    def test_422_names_the_field_and_nothing_is_stored(self, api: Api, field: str, bad: Any) -> None:
        assert field_refused(post(api(), {**MARINA, field: bad})) == field
        assert not Lead.objects.exists()

    def test_422_for_a_lead_without_name_or_without_phone_and_email(self, api: Api) -> None:
        assert field_refused(post(api(), {"phone": "11 98765-4321"})) == "name"
        assert field_refused(post(api(), {"name": "Marina"})) == "phone"

    def test_422_for_whoever_cannot_be_responsible(
        self, api: Api, person: MakePerson, other_organization: Organization
    ) -> None:
        for refused in (
            person("sdr", active=False),
            person("support"),
            person("sdr", organization=other_organization),
        ):
            assert field_refused(post(api(), {**MARINA, "assigned_to": str(refused.user_id)})) == "assigned_to"
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"[" * 100_000, b"\xff", b"9" * 5000])
    def test_what_is_no_json_object_is_the_sender_s_mistake(self, api: Api, body: bytes) -> None:
        answer = api().post("/api/leads", body, content_type="application/json")
        assert answer.status_code in (400, 422)
        assert answer["content-type"] == "application/problem+json"

    def test_409_names_the_lead_that_exists(self, api: Api, lead: MakeLead, person: MakePerson) -> None:
        bruno = person("sdr")
        first = lead("First", phone="11 98765-4321", assigned_to=bruno.user_id)
        answer = post(api(), {"name": "Second", "phone": "+55 11 98765 4321"})

        assert answer.status_code == 409
        assert answer["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"].endswith("/duplicate-lead")
        assert problem["existing"] == {
            "id": str(first.pk),
            "name": "First",
            "stage": "novo",
            "assigned_to": str(bruno.user_id),
        }
        assert Lead.objects.count() == 1

    def test_of_a_lead_that_was_refused_nothing_is_kept(self, api: Api, lead: MakeLead, person: MakePerson) -> None:
        bruno = person("sdr")
        first = lead("First", phone="11 98765-4321", assigned_to=bruno.user_id)
        told, position = Notification.objects.count(), Notice.objects.latest("id").pk
        answer = post(api(), {"name": "Second", "phone": "11 98765-4321", "assigned_to": str(person("sdr").user_id)})

        assert answer.status_code == 409
        assert set(OwnershipChange.objects.values_list("lead", flat=True)) == {first.pk}
        assert Notification.objects.count() == told
        assert wrong_counters(bruno.organization) == 0
        # Positions that nobody ever announces are gaps to those who listen.
        announce(bruno.organization_id, ["team"])
        assert Notice.objects.latest("id").pk == position + 1

    def test_a_name_with_quotes_emoji_and_right_to_left_comes_back_as_it_went(self, api: Api) -> None:
        name = 'O\'Brien "🙂" محمد <script>'
        made = post(api(), {**MARINA, "name": name}).json()
        assert api().get(f"/api/leads/{made['id']}").json()["name"] == name


class TestChange:
    def test_absent_keeps_null_clears_an_id_sets(self, api: Api, lead: MakeLead, person: MakePerson) -> None:
        bruno, erica = person("sdr"), person("sdr")
        marina, client = lead(assigned_to=bruno.user_id, email="m@example.com", source="evento"), api("sdr")

        kept = patch(client, marina, {"message": "called"}).json()
        assert (kept["assigned_to"], kept["message"], kept["version"]) == (str(bruno.user_id), "called", 2)
        assert patch(client, marina, {"assigned_to": str(erica.user_id)}).json()["assigned_to"] == str(erica.user_id)
        cleared = patch(client, marina, {"assigned_to": None, "email": None, "source": None}).json()
        assert (cleared["assigned_to"], cleared["email"], cleared["source"]) == (None, None, None)
        assert cleared["phone"] == marina.phone

    def test_nothing_given_changes_nothing(self, api: Api, lead: MakeLead) -> None:
        assert patch(api(), lead(), {}).json()["version"] == 1

    @pytest.mark.parametrize(
        ("field", "bad"),
        [
            ("name", None),
            ("phone", None),
            ("phone", "12"),
            ("stage", None),
            ("temperature", "?"),
            ("version", "x"),
            ("assigned_to", "x"),
            ("assigned_to", False),
            ("assigned_to", "00000000-0000-0000-0000-000000000000"),
        ],
    )
    def test_422_names_the_field_and_nothing_is_stored(self, api: Api, lead: MakeLead, field: str, bad: Any) -> None:
        marina = lead()
        assert field_refused(patch(api(), marina, {"message": "new", field: bad})) == field
        assert Lead.objects.get(pk=marina.pk).message == ""

    def test_an_unchanged_departed_responsible_is_no_mistake(
        self, api: Api, lead: MakeLead, person: MakePerson
    ) -> None:
        lucas = person("sdr")
        marina = lead(assigned_to=lucas.user_id)
        lucas.active = False
        lucas.save()
        answer = patch(api(), marina, {"name": "Marina P.", "assigned_to": str(lucas.user_id)})
        assert (answer.status_code, answer.json()["assigned_to"]) == (200, str(lucas.user_id))

    def test_409_for_an_old_version_or_the_phone_of_another(self, api: Api, lead: MakeLead) -> None:
        marina, other = lead(), lead("Other")
        assert patch(api(), marina, {"name": "New", "version": 1}).status_code == 200
        assert patch(api(), marina, {"name": "Newer", "version": 1}).status_code == 409
        refused = patch(api(), marina, {"phone": other.phone})
        assert refused.status_code == 409
        assert refused.json()["existing"]["id"] == str(other.pk)


class TestDelete:
    def test_204_then_404_and_the_phone_is_free(self, api: Api) -> None:
        made = post(api(), MARINA).json()
        answer = api().delete(f"/api/leads/{made['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert api().get(f"/api/leads/{made['id']}").status_code == 404
        assert api().delete(f"/api/leads/{made['id']}").status_code == 404
        assert post(api(), MARINA).status_code == 201


class TestList:
    def test_newest_first_page_after_page(self, api: Api, lead: MakeLead) -> None:
        made = [lead(f"Lead {number}") for number in range(5)]
        # As an import does: many at one moment.
        Lead.objects.filter(pk__in=[each.pk for each in made[:3]]).update(created_at=made[0].created_at)
        seen: list[str] = []
        cursor = ""
        while True:
            answer = api().get("/api/leads", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
            seen += [each["id"] for each in answer["items"]]
            if not (cursor := answer["next"]):
                break
        assert sorted(seen) == sorted(str(each.pk) for each in made)
        assert seen[:2] == [str(made[4].pk), str(made[3].pk)]

    def test_filters(self, api: Api, lead: MakeLead, person: MakePerson) -> None:
        bruno = person("sdr")
        his = lead("Bruno's lead", assigned_to=bruno.user_id, source="evento")
        won = lead("Won lead", stage="fechado_ganho", phone="21 3333-4444")
        for query, expected in (
            ({"assigned_to": str(bruno.user_id)}, [his]),
            ({"assigned_to": "none"}, [won]),
            ({"stage": "fechado_ganho"}, [won]),
            ({"source": "evento"}, [his]),
            ({"q": "(21) 3333"}, [won]),
            ({"q": "bru lead"}, [his]),
            ({"q": "", "stage": "", "assigned_to": "", "source": ""}, [won, his]),
        ):
            found = api().get("/api/leads", query).json()["items"]
            assert [each["id"] for each in found] == [str(each.pk) for each in expected], query

    @pytest.mark.parametrize(
        ("field", "bad"),
        [
            ("assigned_to", "bruno"),
            ("assigned_to", "me"),
            ("stage", "sold"),
            ("limit", "0"),
            ("limit", "201"),
            ("limit", "many"),
            ("cursor", "x"),
            ("cursor", "\0"),
            ("cursor", "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA5OTk5"),
        ],
    )
    def test_422_names_what_makes_no_sense(self, api: Api, field: str, bad: str) -> None:
        assert field_refused(api().get("/api/leads", {field: bad})) == field

    def test_another_organization_s_leads_are_not_there(
        self, api: Api, lead: MakeLead, other_organization: Organization
    ) -> None:
        lead()
        assert api("admin", organization=other_organization).get("/api/leads").json() == {"items": [], "next": None}


class TestOwnership:
    def test_a_bare_array_oldest_first(self, api: Api, person: MakePerson) -> None:
        bruno, erica = person("sdr", name="Bruno"), person("sdr", name="Érica")
        client = api("sdr")
        id_ = post(client, {**MARINA, "assigned_to": str(bruno.user_id)}).json()["id"]
        marina = Lead.objects.get(pk=id_)
        patch(client, marina, {"assigned_to": str(erica.user_id)})
        patch(client, marina, {"assigned_to": None})

        history = client.get(f"/api/leads/{id_}/ownership").json()

        assert [(step["from"], step["to"], step["reason"]) for step in history] == [
            (None, str(bruno.user_id), "created"),
            (str(bruno.user_id), str(erica.user_id), "manual"),
            (str(erica.user_id), None, "manual"),
        ]
        assert set(history[0]) == {"from", "to", "by", "reason", "note", "at"}
        assert history[0]["by"]["kind"] == "key"
        assert uuid.UUID(history[0]["by"]["id"])
        assert history[0]["at"] <= history[1]["at"] <= history[2]["at"]

    def test_a_lead_that_never_had_anybody_has_none(self, api: Api, lead: MakeLead) -> None:
        assert api().get(f"/api/leads/{lead().pk}/ownership").json() == []


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_twelve_requests_make_one_lead(self, key_of: Callable[..., str], organization: Organization) -> None:
        key = key_of("sdr")

        def send() -> Any:
            return post(Client(headers={"authorization": f"Bearer {key}"}), MARINA)

        answers = at_once([send] * 12)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [201] + [409] * 11
        assert Lead.objects.count() == 1
        assert wrong_counters(organization) == 0

    def test_two_changes_of_responsible_are_both_in_the_history(
        self, key_of: Callable[..., str], lead: MakeLead, person: MakePerson
    ) -> None:
        key, marina = key_of("sdr"), lead()
        people = [str(person("sdr").user_id) for _ in range(2)]

        def send(id_: str) -> Any:
            return patch(Client(headers={"authorization": f"Bearer {key}"}), marina, {"assigned_to": id_})

        answers = at_once([lambda id_=id_: send(id_) for id_ in people])  # type: ignore[misc]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert marina.ownership.count() == 2
        assert chained(marina)
