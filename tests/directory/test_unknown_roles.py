"""Roles that nobody understands are listed, so that somebody corrects them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leadkeeper.clerk.deliveries import read_message
from leadkeeper.directory.deliveries.receive import receive
from leadkeeper.directory.unknown_roles import PEOPLE_NAMED, ROLES_SHOWN, unknown_roles
from leadkeeper.storage.errors import NotAllowed
from leadkeeper.team.models import Membership
from leadkeeper.team.roles import Role
from tests.clerk.door import event

pytestmark = pytest.mark.django_db


@pytest.fixture
def stating(person):
    """Makes somebody for whom the directory states a role that is none of ours."""

    def make(stated, name, **details):
        membership = person(name=name, **details)
        Membership.objects.filter(pk=membership.pk).update(directory_role=None, unknown_role=stated)
        return membership

    return make


def listed(viewer):
    return [(role.stated, role.people, [user.name for user in role.named]) for role in unknown_roles(viewer)]


class TestUnknownRoles:
    def test_with_how_many_people_and_some_of_them_by_name_most_first(self, viewer, stating):
        for name in ("Édson", "Ana", "Bia", "Caio"):
            stating("Admin", name)
        stating("boss", "Zé")
        assert listed(viewer("admin")) == [("Admin", 4, ["Ana", "Bia", "Caio"]), ("boss", 1, ["Zé"])]

    def test_upper_case_is_another_role(self, viewer, stating):
        stating("Admin", "Ana")
        stating("ADMIN", "Bia")
        assert [stated for stated, _, _ in listed(viewer("admin"))] == ["ADMIN", "Admin"]

    def test_nothing_of_who_has_left_whose_role_was_set_here_or_who_is_elsewhere(
        self, viewer, stating, other_organization
    ):
        stating("Admin", "Gone", active=False)
        stating("Admin", "Elsewhere", organization=other_organization)
        Membership.objects.filter(pk=stating("Admin", "Corrected").pk).update(role_set_here="admin")
        assert listed(viewer("admin")) == []

    def test_is_for_those_who_manage(self, viewer):
        with pytest.raises(NotAllowed):
            unknown_roles(viewer("manager"))

    def test_the_list_and_its_cost_are_bounded(self, viewer, stating):
        admin = viewer("admin")
        stating("role 0", "Ana")
        with CaptureQueriesContext(connection) as few:
            unknown_roles(admin)
        for number in range(ROLES_SHOWN + 5):
            for name in ("Ana", "Bia", "Caio", "Davi", "Eva"):
                stating(f"role {number}", name)
        with CaptureQueriesContext(connection) as many:
            found = unknown_roles(admin)
        assert len(many) == len(few) == 1
        assert len(found) == ROLES_SHOWN + 1
        assert {len(role.named) for role in found} == {PEOPLE_NAMED}


class TestOnTheDirectoryPage:
    def words(self, client):
        return " ".join(re.sub(r"<[^>]*>", " ", client.get("/directory").content.decode()).split())

    @pytest.fixture
    def admin(self, person, client_of):
        return client_of(person("admin", name="Marta Reis"))

    def test_says_which_how_many_who_and_what_is_known(self, admin, stating):
        for name in ("Ana", "Bia", "Caio", "Davi", "Eva"):
            stating("Admin", name)
        seen = self.words(admin)
        assert "Roles that Leadkeeper does not know" in seen
        assert "Admin 5 Ana , Bia , Caio and 2 others" in seen
        assert "counts as Member here" in seen
        assert ", ".join(Role) in seen

    def test_as_soon_as_a_delivery_states_it(self, admin):
        for id_, stated in (("user_a", "Admin"), ("user_b", ["admin"]), ("user_c", "sdr")):
            receive([read_message(id_, event(id_=id_, first_name="Ana", public_metadata={"role": stated}))])
        seen = self.words(admin)
        assert "Admin 1 Ana" in seen
        assert "[&quot;admin&quot;] 1 Ana" in seen or "[&#34;admin&#34;] 1 Ana" in seen
        roles = Membership.objects.filter(user__clerk_id__in=["user_a", "user_b", "user_c"]).order_by("user__clerk_id")
        assert [membership.role for membership in roles] == [Role.MEMBER, Role.MEMBER, Role.SDR]

    def test_leads_to_the_person_where_a_role_can_be_set(self, admin, stating):
        ana = stating("Admin", "Ana")
        assert f'href="/team/{ana.user_id}"' in admin.get("/directory").content.decode()

    def test_shows_what_is_stated_as_text(self, admin, stating):
        stating("<b>Admin</b>", "Ana")
        assert "&lt;b&gt;Admin&lt;/b&gt;" in admin.get("/directory").content.decode()

    def test_says_nothing_where_all_are_known(self, admin):
        assert "does not know" not in self.words(admin)
