"""A POST that is sent again is answered again, and its work is done once."""

import json
from datetime import timedelta

import pytest
from django.http import JsonResponse
from django.test import Client
from django.utils import timezone

from leadkeeper.access.idempotency import IdempotencyMiddleware
from leadkeeper.access.keys import create_key
from leadkeeper.access.models import IdempotentAnswer
from leadkeeper.leads.models import Lead
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once


def post(client, lead, key="key-1", path="/api/leads", **details):
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, lead, "application/json", headers=headers, **details)


LEAD = {"name": "Bia", "phone": "+5511987654321"}
OTHER = {"name": "Caio", "phone": "+5511987654322"}


@pytest.mark.django_db
class TestSameKey:
    def test_the_answer_is_the_same_and_one_lead_is_made(self, api):
        client = api("sdr")
        first = post(client, LEAD)
        again = post(client, LEAD)
        assert first.status_code == again.status_code == 201
        assert again.json() == first.json()
        assert again["Content-Type"].startswith("application/json")
        assert (again["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
        assert Lead.objects.count() == 1

    def test_a_refusal_is_repeated_too(self, api):
        client = api("sdr")
        first = post(client, {"name": ""})
        again = post(client, {"name": ""})
        assert first.status_code == again.status_code == 422
        assert again.content == first.content
        assert again["Content-Type"].startswith("application/problem+json")

    def test_another_body_is_refused(self, api):
        client = api("sdr")
        post(client, LEAD)
        answer = post(client, OTHER)
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
        assert Lead.objects.count() == 1

    def test_without_a_key_nothing_is_kept(self, api):
        client = api("sdr")
        assert post(client, LEAD, key=None).status_code == 201
        assert post(client, LEAD, key=None).status_code == 409
        assert not IdempotentAnswer.objects.exists()

    def test_another_key_is_another_request(self, api):
        client = api("sdr")
        assert post(client, LEAD, key="a").status_code == 201
        assert post(client, OTHER, key="b").status_code == 201

    def test_another_asker_is_another_request(self, api):
        assert post(api("sdr"), LEAD).status_code == 201
        answer = post(api("sdr"), OTHER)
        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer

    def test_another_path_is_another_request(self, api):
        client = api("owner")
        post(client, LEAD)
        answer = post(client, LEAD, path="/api/leads/transfer")
        assert "Idempotency-Replayed" not in answer
        assert "Idempotency-Key" not in [error["field"] for error in answer.json()["errors"]]

    def test_a_day_later_it_is_free_again(self, api):
        client = api("sdr")
        post(client, LEAD)
        IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
        assert post(client, OTHER).status_code == 201
        assert post(client, OTHER)["Idempotency-Replayed"] == "true"

    def test_people_with_a_session_have_it_too(self, person, client_of):
        client = client_of(person("sdr"))
        post(client, LEAD)
        assert post(client, LEAD)["Idempotency-Replayed"] == "true"

    def test_one_persons_answer_is_not_anothers(self, person, client_of):
        post(client_of(person("sdr")), LEAD)
        assert post(client_of(person("sdr")), LEAD).status_code == 409


@pytest.mark.django_db
class TestKey:
    @pytest.mark.parametrize("key", ["", "x" * 256, "a\x00b", "tab\t"])
    def test_what_is_no_key_is_refused(self, api, key):
        answer = post(api("sdr"), LEAD, key=key)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("key", ["x" * 255, "a key with spaces", "chave-única"])
    def test_what_is_one_is_taken(self, api, key):
        client = api("sdr")
        assert post(client, LEAD, key=key).status_code == 201
        assert post(client, LEAD, key=key)["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
class TestWhoAsks:
    """Nothing is kept or replayed for those whom the API does not let in."""

    def test_nobody(self):
        assert post(Client(), LEAD).status_code == 401
        assert not IdempotentAnswer.objects.exists()

    def test_a_session_without_its_csrf_token(self, person, client_of):
        client = client_of(person("sdr"))
        client.handler.enforce_csrf_checks = True
        answer = post(client, LEAD)
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
        assert not IdempotentAnswer.objects.exists()

    def test_somebody_who_has_left_does_not_get_the_old_answer(self, person, client_of):
        membership = person("sdr")
        client = client_of(membership)
        post(client, LEAD)
        membership.active = False
        membership.save()
        assert post(client, LEAD).status_code == 401

    def test_reading_is_not_watched(self, api):
        client = api("sdr")
        client.get("/api/leads", headers={"Idempotency-Key": "key-1"})
        assert not IdempotentAnswer.objects.exists()

    def test_a_body_too_large_is_the_apis_to_refuse(self, api):
        answer = post(api("sdr"), {"name": "x" * 3_000_000})
        assert answer.status_code >= 400
        assert not IdempotentAnswer.objects.exists()


@pytest.mark.django_db
class TestWhoMayNoLonger:
    """An answer is repeated only to whom the same call would still be permitted."""

    def test_a_role_that_no_longer_permits_it_gets_no_old_answer(self, person, client_of):
        membership = person("sdr")
        client = client_of(membership)
        made = post(client, LEAD)
        for role, status in (("support", 403), ("manager", 201)):
            membership.role_set_here = role
            membership.save()
            answer = post(client, LEAD)
            assert answer.status_code == status
            assert ("Idempotency-Replayed" in answer) == (status == 201)
            assert (answer.json() == made.json()) == (status == 201)
        assert Lead.objects.count() == 1

    def test_nor_does_a_key_whose_maker_lost_the_role(self, person, organization):
        maker = person("admin")
        _key, text = create_key(organization, name="Site", role=Role.ADMIN, by=Viewer.of(maker))
        client = Client(headers={"authorization": f"Bearer {text}"})
        moved = {"from": "none", "to": [str(maker.user_id)], "dry_run": True}
        assert post(client, moved, path="/api/leads/transfer").status_code == 200
        maker.role_set_here = Role.MEMBER
        maker.save()
        refused = post(client, moved, path="/api/leads/transfer")
        assert refused.status_code == 403
        assert refused["Content-Type"] == "application/problem+json"
        assert "total" not in refused.json()

    def test_a_role_that_permits_it_now_is_not_told_the_old_refusal(self, person, client_of):
        membership = person("support")
        client = client_of(membership)
        assert post(client, LEAD).status_code == 403
        membership.role_set_here = "sdr"
        membership.save()
        assert post(client, LEAD).status_code == 201


@pytest.mark.django_db
class TestParameters:
    def test_other_parameters_are_another_request(self, api):
        client = api("owner")
        first = post(client, "", path="/api/directory/backfill?force=false")
        assert "Idempotency-Replayed" in post(client, "", path="/api/directory/backfill?force=false")
        for query in ("?force=true", "", "?force=false&force=true"):
            answer = post(client, "", path=f"/api/directory/backfill{query}")
            assert answer.status_code == 422
            assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
        assert first.status_code != 422


@pytest.mark.django_db
class TestInFlight:
    def claim(self, client, **fields):
        post(client, LEAD)
        Lead.objects.all().delete()
        IdempotentAnswer.objects.update(status=None, body="", **fields)

    def test_while_one_is_at_work_another_is_refused(self, api):
        client = api("sdr")
        self.claim(client)
        answer = post(client, LEAD)
        assert answer.status_code == 409
        assert answer["Retry-After"] == "1"
        assert not Lead.objects.exists()

    def test_one_that_crashed_a_minute_ago_is_taken_over(self, api):
        client = api("sdr")
        self.claim(client, created_at=timezone.now() - timedelta(seconds=61))
        assert post(client, LEAD).status_code == 201
        assert post(client, LEAD)["Idempotency-Replayed"] == "true"


@pytest.fixture
def at_work(rf, key_of):
    """Sends a request with a key through the middleware to a view of the test's."""
    text = key_of("sdr")

    def send(view, key="key-1"):
        request = rf.post(
            "/api/leads",
            LEAD,
            "application/json",
            headers={"Idempotency-Key": key, "Authorization": f"Bearer {text}"},
        )
        return IdempotencyMiddleware(view)(request)

    return send


def makes_lead(organization, status=201):
    def view(request):
        Lead.objects.create(organization=organization, name="Bia")
        return JsonResponse({"made": True}, status=status)

    return view


@pytest.mark.django_db
class TestOurMistakes:
    @pytest.mark.parametrize("status", [500, 503])
    def test_an_error_of_ours_is_not_kept_and_its_work_undone(self, at_work, organization, status):
        assert at_work(makes_lead(organization, status)).status_code == status
        assert not Lead.objects.exists()
        assert at_work(makes_lead(organization)).status_code == 201
        assert Lead.objects.count() == 1

    def test_an_exception_leaves_neither_work_nor_claim(self, at_work, organization):
        def fails(request):
            makes_lead(organization)(request)
            raise RuntimeError("lights out")

        with pytest.raises(RuntimeError):
            at_work(fails)
        assert not Lead.objects.exists()
        assert at_work(makes_lead(organization)).status_code == 201

    def test_whoever_is_slow_and_overtaken_undoes_their_work(self, at_work, organization):
        def slow(request):
            makes_lead(organization)(request)
            IdempotentAnswer.objects.update(created_at=timezone.now())  # somebody took it over
            return JsonResponse({"made": "too late"})

        assert at_work(slow).status_code == 409
        assert not Lead.objects.exists()
        assert IdempotentAnswer.objects.get().status is None

    def test_work_and_answer_are_kept_together(self, at_work, organization):
        assert json.loads(at_work(makes_lead(organization)).content) == {"made": True}
        kept = IdempotentAnswer.objects.get()
        assert (kept.status, json.loads(kept.body)) == (201, {"made": True})


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_makes_the_lead(api):
    client = api("sdr")
    headers = client.defaults

    def send():
        return post(Client(headers={"authorization": headers["HTTP_AUTHORIZATION"]}), LEAD)

    answers = at_once([send] * 8)
    assert Lead.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["id"] for answer in made}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in made) == 1
