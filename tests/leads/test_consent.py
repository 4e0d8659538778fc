"""Whether somebody may be contacted: asked for, never taken for granted."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone

from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.edit import LeadChanges, edit
from leadkeeper.leads.fields import CONSENT_VERSION
from leadkeeper.leads.models import Lead
from leadkeeper.storage.errors import Invalid
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead

pytestmark = pytest.mark.django_db
MARINA = NewLead(name="Marina", email="m@example.com")


def told(lead: Lead) -> tuple[str | None, str | None, bool]:
    kept = Lead.objects.get(pk=lead.pk)
    return kept.consent, kept.consent_version, kept.consent_at is not None


@pytest.mark.parametrize(
    ("consent", "kept"),
    [("", (None, None, False)), ("yes", ("yes", CONSENT_VERSION, True)), ("no", ("no", CONSENT_VERSION, True))],
)
def test_what_was_answered_is_kept_with_version_and_time(
    system: Viewer, consent: str, kept: tuple[str | None, str | None, bool]
) -> None:
    assert told(create(replace(MARINA, consent=consent), by=system)) == kept


def test_another_answer_is_another_time_and_the_same_is_not(lead: MakeLead, system: Viewer) -> None:
    marina = lead(consent="yes")
    asked = Lead.objects.get(pk=marina.pk).consent_at
    assert asked is not None
    assert edit(marina.pk, LeadChanges(consent="yes", name="M."), by=system).consent_at == asked
    refused = edit(marina.pk, LeadChanges(consent="no"), by=system).consent_at
    assert refused is not None
    assert asked < refused <= timezone.now()
    edit(marina.pk, LeadChanges(consent=""), by=system)
    assert told(marina) == (None, None, False)


def test_any_other_word_is_refused(system: Viewer) -> None:
    with pytest.raises(Invalid) as refused:
        create(replace(MARINA, consent="on"), by=system)
    assert refused.value.field == "consent"


class TestTheApi:
    def test_it_takes_and_tells(self, api: Callable[..., Client]) -> None:
        client = api("sdr")
        body = {"name": "Marina", "email": "m@example.com", "consent": "yes"}
        made = client.post("/api/leads", body, content_type="application/json").json()
        assert (made["consent"], made["consent_version"]) == ("yes", CONSENT_VERSION)
        assert made["consent_at"].endswith("Z")
        address = f"/api/leads/{made['id']}"
        kept = client.patch(address, {"name": "Marina L."}, content_type="application/json").json()
        assert kept["consent"] == "yes"
        cleared = client.patch(address, {"consent": None}, content_type="application/json").json()
        assert [cleared[name] for name in ("consent", "consent_version", "consent_at")] == [None] * 3

    @pytest.mark.parametrize("wrong", ["maybe", True, "", 1])
    def test_bad_input_names_the_field(self, api: Callable[..., Client], wrong: object) -> None:
        body = {"name": "Marina", "email": "m@example.com", "consent": wrong}
        answer = api("sdr").post("/api/leads", body, content_type="application/json")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "consent"
        assert not Lead.objects.exists()


def test_the_form_asks_and_nothing_is_chosen_for_the_asker(
    person: MakePerson, client_of: Callable[..., Client]
) -> None:
    client = client_of(person("sdr"))
    page = client.get("/leads/new", headers={"HX-Request": "true"}).content.decode()
    assert 'name="consent" value="" checked' in page
    client.post("/leads/new", {"name": "Marina", "email": "m@example.com", "consent": "no"})
    assert Lead.objects.get().consent == "no"
