"""Keys and sessions at the API's door."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leadkeeper.access.authenticate import viewer_of_key
from leadkeeper.access.keys import create_key, revoke_key
from leadkeeper.access.models import ApiKey
from leadkeeper.project.log import LineFormatter
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Kind, Viewer


def bearer(text, **details):
    return Client(headers={"authorization": f"Bearer {text}"}, **details)


@pytest.mark.django_db
class TestKey:
    def test_a_key_is_let_in_with_its_role(self, key_of, organization):
        viewer = viewer_of_key(key_of("sdr"))
        assert (viewer.kind, viewer.role, viewer.person_id) == (Kind.KEY, Role.SDR, None)
        assert viewer.organization == organization
        assert bearer(key_of("sdr")).get("/api/team").status_code == 200

    @pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer lk_wrong", "bearer lk_é", "Bearer a b"])
    def test_a_wrong_key_is_401(self, header, db):
        answer = Client(headers={"authorization": header}).get("/api/team")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer["Content-Type"] == "application/problem+json"

    def test_a_session_does_not_make_up_for_a_wrong_key(self, person, client_of):
        client = client_of(person("admin"))
        assert client.get("/api/team").status_code == 200
        assert client.get("/api/team", headers={"authorization": "Bearer lk_wrong"}).status_code == 401

    def test_another_scheme_is_none_of_ours(self, person, client_of):
        client = client_of(person("admin"))
        assert client.get("/api/team", headers={"authorization": "Basic YTpi"}).status_code == 200

    def test_a_revoked_key_is_out(self, organization):
        key, text = create_key(organization, name="site", role=Role.SDR, by=None)
        revoke_key(key.id, by=Viewer.system(organization))
        assert viewer_of_key(text) is None
        assert bearer(text).get("/api/team").status_code == 401

    def test_a_key_is_never_a_cookie(self, key_of):
        assert not bearer(key_of()).get("/api/team").cookies

    def test_use_is_noted_once_a_minute(self, key_of, django_assert_num_queries):
        text = key_of()
        viewer_of_key(text)
        first = ApiKey.objects.get().last_used_at
        assert first is not None
        with django_assert_num_queries(1):
            viewer_of_key(text)
        ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
        viewer_of_key(text)
        assert ApiKey.objects.get().last_used_at > timezone.now() - timedelta(seconds=10)


@pytest.mark.django_db
class TestLog:
    """A key that opens nothing leaves one line, which does not hold it."""

    def lines(self, caplog):
        return [LineFormatter().format(one) for one in caplog.records if one.name == "leadkeeper.access.authenticate"]

    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "form-1"}])
    def test_an_unknown_one(self, caplog, headers):
        bearer("lk_wrong").post("/api/leads", {}, "application/json", headers=headers)
        (line,) = self.lines(caplog)
        assert 'API key refused why="unknown" key=null address="127.0.0.1"' in line
        assert "lk_wrong" not in line

    def test_a_revoked_one_is_named_by_its_id(self, organization, caplog):
        key, text = create_key(organization, name="site", role=Role.SDR, by=None)
        revoke_key(key.id, by=Viewer.system(organization))
        bearer(text).get("/api/team")
        (line,) = self.lines(caplog)
        assert f'why="revoked" key="{key.id}"' in line
        assert text not in line

    def test_one_whose_maker_has_left(self, organization, person, caplog):
        maker = person("admin")
        _, text = create_key(organization, name="site", role=Role.SDR, by=Viewer.of(maker))
        maker.active = False
        maker.save()
        bearer(text).get("/api/team")
        assert 'why="maker inactive"' in self.lines(caplog)[0]

    def test_a_good_one_leaves_none(self, key_of, caplog):
        bearer(key_of()).get("/api/team")
        assert self.lines(caplog) == []


@pytest.mark.django_db
class TestMaker:
    """A key may at most what its maker may now, and stops with them."""

    def test_its_role_sinks_with_the_makers(self, organization, person):
        maker = person("admin")
        _, text = create_key(organization, name="site", role=Role.ADMIN, by=Viewer.of(maker))
        assert viewer_of_key(text).role is Role.ADMIN
        maker.role_set_here = Role.SUPPORT
        maker.save()
        assert viewer_of_key(text).role is Role.SUPPORT
        assert bearer(text).patch("/api/team/" + str(maker.user_id), {}, "application/json").status_code == 403

    def test_its_role_does_not_rise_with_the_makers(self, organization, person):
        _, text = create_key(organization, name="site", role=Role.SDR, by=Viewer.of(person("owner")))
        assert viewer_of_key(text).role is Role.SDR

    @pytest.mark.parametrize("left", ["membership", "person"])
    def test_it_ends_with_its_maker(self, organization, person, left):
        maker = person("admin")
        _, text = create_key(organization, name="site", role=Role.SDR, by=Viewer.of(maker))
        if left == "membership":
            maker.active = False
            maker.save()
        else:
            maker.user.is_active = False
            maker.user.save()
        assert viewer_of_key(text) is None
        assert bearer(text).get("/api/team").status_code == 401

    def test_a_maker_who_left_this_organization_for_another_is_gone(self, organization, other_organization, person):
        maker = person("admin")
        _, text = create_key(organization, name="site", role=Role.SDR, by=Viewer.of(maker))
        maker.organization = other_organization
        maker.save()
        assert viewer_of_key(text) is None


@pytest.mark.django_db
class TestSession:
    def strict(self, person, client_of):
        client = client_of(person("owner"))
        client.handler.enforce_csrf_checks = True
        return client

    def test_reading_needs_no_csrf_token(self, person, client_of):
        assert self.strict(person, client_of).get("/api/team").status_code == 200

    def test_writing_without_a_csrf_token_is_403(self, person, client_of):
        client, other = self.strict(person, client_of), person()
        answer = client.patch(f"/api/team/{other.user_id}", {"capacity": 3}, "application/json")
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
        other.refresh_from_db()
        assert other.capacity is None

    def test_writing_with_it_is_done(self, person, client_of):
        client, other = self.strict(person, client_of), person()
        token = client.cookies["leadkeeper_csrf"].value
        answer = client.patch(
            f"/api/team/{other.user_id}", {"capacity": 3}, "application/json", headers={"X-CSRFToken": token}
        )
        assert answer.status_code == 200, answer.content

    def test_a_key_needs_none(self, key_of, person):
        other = person()
        answer = bearer(key_of("admin"), enforce_csrf_checks=True).patch(
            f"/api/team/{other.user_id}", {"capacity": 3}, "application/json"
        )
        assert answer.status_code == 200, answer.content
