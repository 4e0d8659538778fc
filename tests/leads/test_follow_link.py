"""A local person is linked to somebody of the directory: what was theirs goes on as that person's."""

import pytest
from django.db import transaction

from leadkeeper.access.keys import create_key
from leadkeeper.access.models import ApiKey
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.load import open_leads, recount
from leadkeeper.leads.models import OwnershipChange
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, NotFound
from leadkeeper.team.link_people import link, offered
from leadkeeper.team.local_people import NewPerson, add_person
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(viewer):
    return viewer("admin", name="Ada")


@pytest.fixture
def local(admin):
    return add_person(NewPerson(name="Lúcia Reis", email="lucia@old.example", role=Role.SDR), by=admin)


def linked(local, mirrored, by):
    with transaction.atomic():
        return link(local.user_id, mirrored.user_id, by=by)


class TestLink:
    def test_leads_follow_as_one_batch_with_their_history(self, local, person, admin, organization):
        mirrored = person("sdr", name="Lucia Reis")
        leads = [
            create(NewLead(name="Zé", phone=f"119123456{number}0", assigned_to=local.user_id), by=admin)
            for number in range(3)
        ]
        linked(local, mirrored, admin)
        for lead in leads:
            lead.refresh_from_db()
            assert lead.assigned_to_id == mirrored.user_id
        moves = OwnershipChange.objects.filter(reason="transfer")
        assert {(move.from_user_id, move.to_user_id) for move in moves} == {(local.user_id, mirrored.user_id)}
        assert len({move.batch for move in moves}) == 1
        assert open_leads(organization.id, [local.user_id, mirrored.user_id]) == {
            local.user_id: 0,
            mirrored.user_id: 3,
        }
        assert recount(organization) == 0

    def test_the_local_person_is_out_and_their_keys_go_on(self, local, person, admin, organization):
        mirrored = person("sdr")
        create_key(organization, name="theirs", role=Role.SDR, by=None)
        ApiKey.objects.update(made_by=local.user)
        linked(local, mirrored, admin)
        assert not Membership.objects.get(pk=local.pk).active
        assert ApiKey.objects.get().made_by_id == mirrored.user_id

    def test_whoever_may_own_no_leads_cannot_take_them_and_nothing_changes(self, local, person, admin):
        lead = create(NewLead(name="Zé", phone="11912345670", assigned_to=local.user_id), by=admin)
        with pytest.raises(Invalid) as refused:
            linked(local, person("support"), admin)
        assert refused.value.field == "link_to"
        lead.refresh_from_db()
        assert lead.assigned_to_id == local.user_id
        assert Membership.objects.get(pk=local.pk).active

    def test_only_local_people_are_linked_and_only_to_active_ones_of_the_directory(self, local, person, admin):
        with pytest.raises(Conflict):
            linked(person("sdr"), person("sdr"), admin)
        with pytest.raises(Conflict):
            linked(local, add_person(NewPerson(name="Too", email="", role=Role.SDR), by=admin), admin)
        with pytest.raises(Invalid):
            linked(local, person("sdr", active=False), admin)

    def test_another_role_and_another_organization(self, local, person, viewer, other_organization):
        with pytest.raises(NotAllowed):
            linked(local, person("sdr"), viewer("manager"))
        with pytest.raises(NotFound):
            linked(local, person("sdr", organization=other_organization), viewer("admin"))

    def test_the_last_administrator_is_not_linked_away(self, viewer, person, organization):
        Membership.objects.all().delete()
        from leadkeeper.access.administrators import make_administrator
        from leadkeeper.team.viewer import Viewer

        first = make_administrator(organization, "first@example.com", name="First")
        with pytest.raises(Conflict):
            linked(first, person("sdr"), Viewer.system(organization))


class TestOffered:
    def test_those_alike_come_first_and_nobody_is_taken_for_granted(self, local, person, admin):
        person("sdr", name="Aaron")
        same_name = person("sdr", name="LUCIA REIS")
        same_email = person("sdr", name="Zoe", email="Lucia@Old.example")
        names = [membership.user_id for membership in offered(local, by=admin)]
        assert set(names[:2]) == {same_name.user_id, same_email.user_id}
        assert Membership.objects.get(pk=local.pk).active


class TestPage:
    def test_an_administrator_links_in_the_persons_dialog(self, local, person, client_of):
        mirrored = person("sdr", name="Lucia Reis")
        client = client_of(person("admin", name="Bea"))
        address = f"/team/{local.user_id}"
        headers = {"hx-request": "true", "accept-language": "en"}
        assert "The same person in the directory" in client.get(address, headers=headers).content.decode()
        nobody = client.post(address, {"link": "1", "link_to": ""}, headers=headers)
        assert (nobody.status_code, "Choose a person." in nobody.content.decode()) == (422, True)
        done = client.post(address, {"link": "1", "link_to": str(mirrored.user_id)}, headers=headers)
        assert (done.status_code, "is now Lucia Reis" in done["HX-Trigger"]) == (204, True), done.content
        assert not Membership.objects.get(pk=local.pk).active
        assert "link_to" not in client.get(f"/team/{mirrored.user_id}", headers=headers).content.decode()
