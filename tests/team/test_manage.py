from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from leadkeeper.live.models import Notice
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, NotFound
from leadkeeper.team.manage import PersonChanges, manage
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Kind, Viewer
from tests.at_once import at_once
from tests.conftest import MakePerson

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(viewer: Callable[..., Viewer]) -> Viewer:
    return viewer("admin", name="Ada")


def kept(membership: Membership) -> Membership:
    return Membership.objects.get(pk=membership.pk)


class TestRole:
    def test_a_role_set_here_counts_until_it_is_released(self, person: MakePerson, admin: Viewer) -> None:
        bruno = person("sdr")
        manage(bruno.user_id, PersonChanges(role=Role.MANAGER), by=admin)
        assert (kept(bruno).role, kept(bruno).role_source) == (Role.MANAGER, "here")
        assert kept(bruno).role_set_by_id == admin.person_id
        assert kept(bruno).directory_role == "sdr"

        manage(bruno.user_id, PersonChanges(role=None), by=admin)
        assert (kept(bruno).role, kept(bruno).role_source) == (Role.SDR, "directory")
        assert kept(bruno).role_set_by_id is None

    def test_released_where_the_directory_says_nothing_it_is_the_default(
        self, person: MakePerson, admin: Viewer
    ) -> None:
        bruno = person("sdr")
        Membership.objects.filter(pk=bruno.pk).update(directory_role=None, role_set_here="sdr")
        manage(bruno.user_id, PersonChanges(role=None), by=admin)
        assert (kept(bruno).role, kept(bruno).role_source) == (Role.MEMBER, "default")

    def test_nobody_changes_their_own(self, person: MakePerson, viewer: Callable[..., Viewer]) -> None:
        viewer("owner")
        for role in ("owner", "admin"):
            me = viewer(role)
            assert me.person_id is not None
            with pytest.raises(NotAllowed):
                manage(me.person_id, PersonChanges(role=Role.MEMBER), by=me)
            assert manage(me.person_id, PersonChanges(capacity=3), by=me).capacity == 3

    def test_only_an_owner_or_the_command_line_gives_and_takes_owner(
        self, person: MakePerson, admin: Viewer, viewer: Callable[..., Viewer], system: Viewer
    ) -> None:
        first, second = person("owner"), person("sdr")
        for who, role in ((second, Role.OWNER), (first, Role.ADMIN)):
            with pytest.raises(NotAllowed):
                manage(who.user_id, PersonChanges(role=role), by=admin)

        manage(second.user_id, PersonChanges(role=Role.OWNER), by=Viewer.of(first))
        manage(first.user_id, PersonChanges(role=Role.ADMIN), by=system)
        assert (kept(first).role, kept(second).role) == (Role.ADMIN, Role.OWNER)

    def test_an_owner_by_the_directory_is_not_made_one_for_good_by_an_administrator(
        self, person: MakePerson, admin: Viewer
    ) -> None:
        owner = person("owner")
        with pytest.raises(NotAllowed):
            manage(owner.user_id, PersonChanges(role=Role.OWNER), by=admin)
        assert kept(owner).role_set_here is None

    def test_nobody_changes_their_own_role_with_a_key_of_theirs_either(self, person: MakePerson, admin: Viewer) -> None:
        key = replace(admin, kind=Kind.KEY, person_id=None, maker_id=admin.person_id)
        assert admin.person_id is not None
        with pytest.raises(NotAllowed, match="own role"):
            manage(admin.person_id, PersonChanges(role=Role.MEMBER), by=key)

    def test_a_release_that_would_give_or_take_owner_is_the_same(self, person: MakePerson, admin: Viewer) -> None:
        person("owner")
        demoted, promoted = person("owner"), person("sdr")
        Membership.objects.filter(pk=demoted.pk).update(role_set_here="member")
        Membership.objects.filter(pk=promoted.pk).update(role_set_here="owner")
        for who in (demoted, promoted):
            with pytest.raises(NotAllowed):
                manage(who.user_id, PersonChanges(role=None), by=admin)

    def test_the_last_active_owner_is_not_demoted(self, person: MakePerson, system: Viewer) -> None:
        owner = person("owner")
        person("admin")
        person("owner", active=False)
        with pytest.raises(Conflict):
            manage(owner.user_id, PersonChanges(role=Role.ADMIN), by=system)
        assert kept(owner).role is Role.OWNER

    def test_the_last_active_administrator_is_not_demoted(
        self, person: MakePerson, system: Viewer, other_organization: Organization
    ) -> None:
        admin = person("admin")
        person("admin", active=False)
        person("admin", organization=other_organization)
        with pytest.raises(Conflict):
            manage(admin.user_id, PersonChanges(role=Role.MANAGER), by=system)
        person("admin")
        assert manage(admin.user_id, PersonChanges(role=Role.MANAGER), by=system).role is Role.MANAGER

    def test_somebody_inactive_may_be_demoted_though_nobody_else_is_there(
        self, person: MakePerson, system: Viewer
    ) -> None:
        gone = person("owner", active=False)
        assert manage(gone.user_id, PersonChanges(role=Role.MEMBER), by=system).role is Role.MEMBER


class TestTheRest:
    def test_capacity_absence_and_who_may_own_leads(self, person: MakePerson, admin: Viewer) -> None:
        bruno = person("sdr")
        manage(bruno.user_id, PersonChanges(capacity=0, away_until=date(2026, 12, 24), may_own_leads=False), by=admin)
        assert (kept(bruno).capacity, kept(bruno).away_until, kept(bruno).may_own_leads) == (
            0,
            date(2026, 12, 24),
            False,
        )
        manage(bruno.user_id, PersonChanges(capacity=None), by=admin)
        assert (kept(bruno).capacity, kept(bruno).away_until) == (None, date(2026, 12, 24))
        manage(bruno.user_id, PersonChanges(away_until=None, may_own_leads=None), by=admin)
        assert (kept(bruno).away_until, kept(bruno).may_own_leads) == (None, None)

    @pytest.mark.parametrize("capacity", [-1, 10**7, 2**70])
    def test_a_capacity_that_is_none(self, person: MakePerson, admin: Viewer, capacity: int) -> None:
        bruno = person("sdr")
        with pytest.raises(Invalid) as refused:
            manage(bruno.user_id, PersonChanges(capacity=capacity), by=admin)
        assert refused.value.field == "capacity"

    def test_mirrored_columns_are_left_alone(self, person: MakePerson, admin: Viewer) -> None:
        bruno = person("sdr")
        seen_before = Membership.objects.get(pk=bruno.pk)
        Membership.objects.filter(pk=bruno.pk).update(directory_role="cs", folded_name="newer", words=" newer")
        manage(bruno.user_id, PersonChanges(role=Role.MEMBER, capacity=5), by=admin)
        assert seen_before.directory_role == "sdr"
        assert (kept(bruno).directory_role, kept(bruno).folded_name) == ("cs", "newer")

    def test_open_pages_are_told(self, person: MakePerson, admin: Viewer) -> None:
        manage(person("sdr").user_id, PersonChanges(capacity=5), by=admin)
        assert list(Notice.objects.values_list("topic", flat=True)) == ["team"]

    def test_nothing_given_changes_nothing(self, person: MakePerson, admin: Viewer) -> None:
        manage(person("sdr").user_id, PersonChanges(), by=admin)
        assert not Notice.objects.exists()


class TestWhoMay:
    @pytest.mark.parametrize("role", ["manager", "member", "sdr", "cs", "support"])
    def test_only_those_who_manage_people(self, person: MakePerson, viewer: Callable[..., Viewer], role: str) -> None:
        with pytest.raises(NotAllowed):
            manage(person("sdr").user_id, PersonChanges(capacity=5), by=viewer(role))

    def test_people_of_another_organization_do_not_exist(
        self, person: MakePerson, admin: Viewer, other_organization: Organization
    ) -> None:
        stranger = person("sdr", organization=other_organization)
        with pytest.raises(NotFound):
            manage(stranger.user_id, PersonChanges(capacity=5), by=admin)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_two_administrators_cannot_demote_each_other(self, person: MakePerson) -> None:
        one, two = person("admin", name="One"), person("admin", name="Two")

        def demote(who: Membership, by: Membership) -> Any:
            with transaction.atomic():
                return manage(who.user_id, PersonChanges(role=Role.MEMBER), by=Viewer.of(by))

        answers = at_once([lambda: demote(one, two), lambda: demote(two, one)])

        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Membership"]
        assert sorted([kept(one).role, kept(two).role]) == [Role.ADMIN, Role.MEMBER]


def test_a_key_of_an_owner_acts_for_one(person: MakePerson, system: Viewer, organization: Organization) -> None:
    person("owner")
    key = replace(system, kind=Kind.KEY, name="a key")
    assert manage(person("sdr").user_id, PersonChanges(role=Role.OWNER), by=key).role is Role.OWNER
