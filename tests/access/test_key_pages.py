"""API keys on the Settings page."""

import json
import re
import uuid
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leadkeeper.access.authenticate import viewer_of_key
from leadkeeper.access.keys import create_key
from leadkeeper.access.models import ApiKey
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer

PART = {"HX-Request": "true"}


def shown_key(answer) -> str:
    return re.search(r"<code[^>]*>(lk_[\w-]+)</code>", answer.content.decode())[1]


@pytest.mark.django_db
class TestKeys:
    @pytest.fixture
    def ana(self, person):
        return person("admin", name="Ana Souza")

    @pytest.fixture
    def client(self, ana, client_of) -> Client:
        return client_of(ana)

    def test_a_key_is_shown_once_and_works(self, client):
        answer = client.post("/settings/keys/new", {"name": "Landing page", "role": "sdr"}, headers=PART)
        text = shown_key(answer)
        assert viewer_of_key(text).role is Role.SDR
        assert "no-store" in answer["Cache-Control"]
        page = client.get("/settings/keys").content.decode()
        assert "Landing page" in page
        assert "Ana Souza" in page
        assert text not in page

    def test_without_script_too(self, client):
        assert viewer_of_key(shown_key(client.post("/settings/keys/new", {"name": "Site", "role": "cs"})))

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"name": " ", "role": "sdr"}, "Give the key a name"),
            ({"name": "Site", "role": "king"}, "There is no such role."),
            ({"name": "Site", "role": "owner"}, "A key cannot do more than the person who creates it."),
        ],
    )
    def test_bad_input_is_refused_in_place(self, client, typed, words):
        answer = client.post("/settings/keys/new", typed, headers=PART)
        assert answer.status_code == 422
        assert words in unescape(answer.content.decode())
        assert not ApiKey.objects.exists()

    def test_no_role_is_offered_above_ones_own(self, client, person, client_of):
        offered = re.findall(r'<option value="(\w+)"', client.get("/settings/keys/new", headers=PART).content.decode())
        assert offered == ["admin", "manager", "member", "sdr", "cs", "support"]
        owner = client_of(person("owner")).get("/settings/keys/new", headers=PART).content.decode()
        assert '<option value="owner"' in owner

    def test_a_key_is_revoked_after_asking(self, client, organization):
        key, text = create_key(organization, name="Old <b>site</b>", role=Role.SDR, by=None)
        address = f"/settings/keys/{key.pk}/revoke"
        assert "Old &lt;b&gt;site" in client.get(address, headers=PART).content.decode()
        assert viewer_of_key(text) is not None
        events = json.loads(client.post(address, headers=PART)["HX-Trigger"])
        assert events["toast"]["text"] == "API key revoked: Old <b>site</b>."
        assert viewer_of_key(text) is None
        assert "Revoked" in client.get("/settings/keys").content.decode()
        assert client.post(address).status_code == 303

    def test_keys_of_another_organization_do_not_exist(self, client, other_organization):
        key, text = create_key(other_organization, name="Theirs", role=Role.SDR, by=None)
        assert "Theirs" not in client.get("/settings/keys").content.decode()
        for answer in (client.get(f"/settings/keys/{key.pk}/revoke"), client.post(f"/settings/keys/{key.pk}/revoke")):
            assert answer.status_code == 404
        assert client.get(f"/settings/keys/{uuid.uuid4()}/revoke").status_code == 404
        assert viewer_of_key(text) is not None

    @pytest.mark.parametrize("role", ["manager", "member", "sdr", "cs", "support"])
    def test_only_owners_and_administrators_come_here(self, person, client_of, role, organization):
        key, _ = create_key(organization, name="Site", role=Role.SDR, by=None)
        client = client_of(person(role))
        for address in ("/settings/keys", "/settings/keys/new", f"/settings/keys/{key.pk}/revoke"):
            assert client.get(address).status_code == 403
        assert client.post("/settings/keys/new", {"name": "Mine", "role": "sdr"}).status_code == 403
        assert client.post(f"/settings/keys/{key.pk}/revoke").status_code == 403
        assert ApiKey.objects.get().revoked_at is None

    def test_a_key_whose_maker_left_is_said_to_stand_still(self, client, person, organization, viewer):
        maker = viewer("admin", name="Lúcia Reis")
        create_key(organization, name="Hers", role=Role.SDR, by=maker)
        assert "Stopped" not in client.get("/settings/keys").content.decode()
        Membership.objects.filter(user_id=maker.person_id).update(active=False)
        page = client.get("/settings/keys").content.decode()
        assert "Stopped" in page
        assert "Lúcia Reis, who created this key, is no longer active." in page

    def test_as_many_queries_for_many_keys_as_for_one(self, client, organization, ana, django_assert_num_queries):
        create_key(organization, name="One", role=Role.SDR, by=Viewer.of(ana))
        client.get("/settings/keys")
        with CaptureQueriesContext(connection) as one:
            client.get("/settings/keys")
        for number in range(60):
            create_key(organization, name=f"Key {number}", role=Role.SDR, by=Viewer.of(ana))
        with django_assert_num_queries(len(one)):
            page = client.get("/settings/keys").content.decode()
        following = unescape(re.search(r'<a href="([^"]*)"[^>]* rel="next"', page)[1])
        assert len(re.findall(r'<tr role="row" id="key-', page)) == 50
        assert len(re.findall(r'<tr role="row" id="key-', client.get(following).content.decode())) == 11
