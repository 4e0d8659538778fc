"""`leadkeeper admin create`: the way in, and the way back."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from leadkeeper.access.sign_in_link import person_called
from leadkeeper.live.models import Notice
from leadkeeper.team.models import Membership, User


def create(*arguments):
    out = StringIO()
    call_command("admin", "create", *arguments, stdout=out)
    id_ = out.getvalue().splitlines()[-1]
    assert f"sign-in-link {id_}" in out.getvalue()
    return Membership.objects.select_related("user").get(user_id=id_)


@pytest.mark.django_db
class TestAdminCreate:
    def test_the_first_is_the_owner(self, organization):
        membership = create("ana@example.com", "--name", "  João   da Silva ")
        assert (membership.role, membership.role_source, membership.active) == ("owner", "here", True)
        assert (membership.user.name, membership.user.email) == ("João da Silva", "ana@example.com")
        assert (membership.user.clerk_id, membership.user.username) == (None, membership.user_id.hex)

    def test_the_picker_finds_them(self, organization):
        membership = create("ana@example.com", "--name", "João da Silva")
        assert Membership.objects.assignable().matching("joao exam").get() == membership
        assert membership.folded_name == "joao da silva"

    def test_without_a_name_the_email_says_it(self, organization):
        assert create("maria.lima@example.com").user.name == "maria.lima"

    def test_the_next_is_an_administrator(self, person):
        person("owner")
        assert create("ana@example.com").role == "admin"

    def test_an_owner_who_has_left_is_none(self, person):
        person("owner", active=False)
        assert create("ana@example.com").role == "owner"

    def test_an_owner_elsewhere_is_none(self, person, other_organization):
        person("owner", organization=other_organization)
        assert create("ana@example.com").role == "owner"

    def test_somebody_who_is_here_is_given_the_role(self, person):
        person("owner")
        seller = person("sdr", email="Ana@Example.com")
        assert create("ana@example.com") == seller
        seller.refresh_from_db()
        assert (seller.role, seller.role_source, seller.directory_role) == ("admin", "here", "sdr")

    def test_nobody_loses_by_it(self, person):
        owner = person("owner", email="ana@example.com")
        create("ana@example.com")
        owner.refresh_from_db()
        assert owner.role == "owner"

    def test_an_administrator_rises_where_no_owner_is_left(self, person):
        person("admin", email="ana@example.com")
        assert create("ana@example.com").role == "owner"

    @pytest.mark.parametrize("active", [(True, True), (False,)])
    def test_whoever_cannot_be_meant_is_left_alone(self, person, active):
        before = [person("sdr", email="ana@example.com", active=is_active) for is_active in active]
        membership = create("ana@example.com")
        assert membership not in before
        assert {row.role for row in Membership.objects.exclude(pk=membership.pk)} == {"sdr"}

    def test_said_twice_it_makes_one_person(self, organization):
        assert create("ana@example.com") == create("ana@example.com")
        assert User.objects.count() == 1

    def test_open_pages_are_told(self, organization):
        create("ana@example.com")
        assert [notice.topic for notice in Notice.objects.all()] == ["team"]

    @pytest.mark.parametrize("email", ["", "ana", "a@b@c", "x" * 250 + "@example.com", "ana@example.com\nx"])
    def test_what_is_no_email_is_refused(self, organization, email):
        with pytest.raises(CommandError, match=r"e-mail"):
            create(email)
        assert not User.objects.exists()

    def test_they_can_be_let_in(self, organization):
        membership = create("ana@example.com")
        assert person_called("ana@example.com", organization) == membership
