"""Moving leads in bulk over the API."""

import uuid

import pytest

from leadkeeper.leads.models import Lead
from leadkeeper.leads.transfers import batches
from leadkeeper.leads.transfers.batches import carry_on

pytestmark = pytest.mark.django_db
ADDRESS = "/api/leads/transfer"


@pytest.fixture
def bruno(person):
    return person(name="Bruno")


@pytest.fixture
def carla(person):
    return person(name="Carla")


def post(client, address=ADDRESS, **body):
    return client.post(address, body, content_type="application/json")


def history(client, lead):
    return client.get(f"/api/leads/{lead.pk}/ownership").json()


def field(answer):
    return answer.json()["errors"][0]["field"]


class TestTransfer:
    def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(self, api, lead, bruno, carla):
        one, closed = lead(assigned_to=bruno.user_id), lead(assigned_to=bruno.user_id, stage="fechado_ganho")
        answer = post(api(), **{"from": str(bruno.user_id)}, to=[str(carla.user_id)], dry_run=True)
        assert answer.status_code == 200
        said = answer.json()
        assert (said["batch"], said["status"], said["moved"], said["total"]) == (None, "planned", 1, 2)
        assert said["skipped"] == [{"lead": str(closed.pk), "reason": "closed"}]
        carla_gets = {"gets": 1, "open_leads_before": 0, "open_leads_after": 1}
        assert said["people"] == [{"id": str(carla.user_id), "name": "Carla", **carla_gets}]
        assert Lead.objects.get(pk=one.pk).assigned_to_id == bruno.user_id

    def test_then_it_happens_and_the_history_says_so_and_it_is_undone(self, api, lead, bruno, carla):
        client, leads = api(), [lead(assigned_to=bruno.user_id) for _ in range(3)]
        answer = post(client, **{"from": str(bruno.user_id)}, to=[str(carla.user_id)], note="On leave")
        done = answer.json()
        assert (answer.status_code, done["status"], done["moved"], done["skipped"]) == (200, "done", 3, [])
        assert done["can_be_undone"]
        last = history(client, leads[0])[-1]
        assert (last["from"], last["to"]) == (str(bruno.user_id), str(carla.user_id))
        assert (last["reason"], last["note"], last["by"]["kind"]) == ("transfer", "On leave", "key")

        client.patch(f"/api/leads/{leads[1].pk}", {"assigned_to": None}, content_type="application/json")
        back = post(client, f"{ADDRESS}/{done['batch']}/undo")
        assert (back.status_code, back.json()["moved"]) == (200, 2)
        assert back.json()["skipped"] == [{"lead": str(leads[1].pk), "reason": "changed"}]
        assert (back.json()["undoes"], back.json()["batch"] != done["batch"]) == (done["batch"], True)
        last = history(client, leads[0])[-1]
        assert (last["from"], last["to"], last["reason"]) == (str(carla.user_id), str(bruno.user_id), "undo")
        assert post(client, f"{ADDRESS}/{done['batch']}/undo").status_code == 409
        assert not client.get(f"{ADDRESS}/{done['batch']}").json()["can_be_undone"]

    def test_nobodys_leads_to_several_and_only_some_of_them(self, api, lead, bruno, carla):
        leads = [lead() for _ in range(5)]
        to = [str(bruno.user_id), str(carla.user_id), str(bruno.user_id)]
        ids = [str(one.pk) for one in leads[:4]]
        answer = post(api("manager"), **{"from": "none"}, lead_ids=ids, to=to).json()
        assert [one["gets"] for one in answer["people"]] == [2, 2]
        assert Lead.objects.get(pk=leads[4].pk).assigned_to_id is None

    def test_a_plan_that_no_longer_holds_is_refused(self, api, lead, bruno, carla):
        client, body = api(), {"from": str(bruno.user_id), "to": [str(carla.user_id)]}
        lead(assigned_to=bruno.user_id)
        plan = post(client, **body, dry_run=True).json()["plan"]
        lead(assigned_to=bruno.user_id)
        assert post(client, **body, plan=plan).status_code == 409
        plan = post(client, **body, dry_run=True).json()["plan"]
        assert post(client, **body, plan=plan).json()["moved"] == 2

    def test_many_are_accepted_and_can_be_followed(self, api, lead, bruno, carla, monkeypatch):
        monkeypatch.setattr(batches, "A_STEP", 2)
        monkeypatch.setattr(batches, "AT_ONCE", 2)
        for _ in range(3):
            lead(assigned_to=bruno.user_id)
        client = api()
        answer = post(client, **{"from": str(bruno.user_id)}, to=[str(carla.user_id)])
        assert (answer.status_code, answer.json()["status"], answer.json()["moved"]) == (202, "running", 0)
        address = f"{ADDRESS}/{answer.json()['batch']}"
        assert post(client, f"{address}/undo").status_code == 409
        carry_on()
        now = client.get(address).json()
        assert (now["status"], now["moved"], now["total"]) == ("done", 3, 3)


class TestRefusals:
    def test_bad_input_names_its_field(self, api, lead, bruno, carla, person, other_organization):
        client, to = api(), [str(carla.user_id)]
        foreign = str(lead(organization=other_organization).pk)
        stranger = str(person(organization=other_organization).user_id)
        gone = str(person(active=False).user_id)
        cases = [
            ({"from": "none", "to": []}, "to"),
            ({"from": "none"}, "to"),
            ({"from": "none", "to": [gone]}, "to"),
            ({"from": "none", "to": [stranger]}, "to"),
            ({"from": "none", "to": ["x"]}, "to"),
            ({"from": str(uuid.uuid4()), "to": to}, "from"),
            ({"from": stranger, "to": to}, "from"),
            ({"to": to}, "from"),
            ({"from": "none", "to": to, "lead_ids": [foreign]}, "lead_ids"),
            ({"from": "none", "to": to, "lead_ids": []}, "lead_ids"),
            ({"from": "none", "to": to, "sharing": "at random"}, "sharing"),
            ({"from": "none", "to": to, "note": "x" * 1001}, "note"),
        ]
        for body, named in cases:
            answer = post(client, **body)
            assert (answer.status_code, field(answer)) == (422, named), body
        malformed = post(client, **{"from": "somebody", "to": to})
        assert (malformed.status_code, field(malformed)) == (422, "from")

    @pytest.mark.parametrize("role", ["member", "sdr", "cs", "support"])
    def test_roles_that_may_not(self, role, api, carla):
        client = api(role)
        assert post(client, **{"from": "none"}, to=[str(carla.user_id)]).status_code == 403
        assert post(client, f"{ADDRESS}/{uuid.uuid4()}/undo").status_code == 403
        assert client.get(f"{ADDRESS}/{uuid.uuid4()}").status_code == 403

    def test_not_signed_in(self, client, db):
        assert post(client, **{"from": "none"}, to=[]).status_code == 401
        assert client.get(f"{ADDRESS}/{uuid.uuid4()}").status_code == 401

    def test_a_batch_of_another_organization_does_not_exist(self, api, lead, bruno, carla, other_organization):
        lead(assigned_to=bruno.user_id)
        batch = post(api(), **{"from": str(bruno.user_id)}, to=[str(carla.user_id)]).json()["batch"]
        elsewhere = api(organization=other_organization)
        assert elsewhere.get(f"{ADDRESS}/{batch}").status_code == 404
        assert post(elsewhere, f"{ADDRESS}/{batch}/undo").status_code == 404
        assert post(elsewhere, f"{ADDRESS}/nonsense/undo").status_code == 404
