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

    def test_somebody_who_has_left_is_left_alone(self, person):
        gone = person("sdr", email="ana@example.com", active=False)
        assert create("ana@example.com") != gone
        gone.refresh_from_db()
        assert (gone.role, gone.active) == ("sdr", False)

    def test_of_two_who_share_the_email_neither_is_guessed(self, person):
        two = [person("sdr", email="ana@example.com"), person("sdr", email="ANA@example.com")]
        with pytest.raises(CommandError) as refused:
            create("ana@example.com")
        assert all(str(membership.user_id) in str(refused.value) for membership in two)
        assert refused.value.returncode == 1
        assert {row.role for row in Membership.objects.all()} == {"sdr"}
        assert Membership.objects.count() == 2

    def test_one_of_them_is_meant_by_their_id(self, person):
        other, meant = person("sdr", email="ana@example.com"), person("sdr", email="ana@example.com")
        assert create(str(meant.user_id)) == meant
        meant.refresh_from_db()
        other.refresh_from_db()
        assert (meant.role, other.role) == ("owner", "sdr")

    def test_the_local_one_of_those_who_share_the_email_is_meant(self, person):
        for _ in range(2):
            person("sdr", email="ana@example.com")
        local = person("sdr", email="ana@example.com")
        User.objects.filter(pk=local.user_id).update(clerk_id=None)
        assert create("ana@example.com") == create("ana@example.com") == local
        assert Membership.objects.count() == 3

    def test_two_local_ones_are_listed_alone(self, person):
        mirrored = person("sdr", email="ana@example.com")
        two = [person("sdr", email="ana@example.com") for _ in range(2)]
        User.objects.exclude(pk=mirrored.user_id).update(clerk_id=None)
        with pytest.raises(CommandError) as refused:
            create("ana@example.com")
        assert all(str(membership.user_id) in str(refused.value) for membership in two)

    def test_by_the_id_of_the_directory(self, person):
        meant = person("sdr")
        User.objects.filter(pk=meant.user_id).update(clerk_id="user_29w83sxmDNGwOuEthce5gg56FcC")
        assert create("user_29w83sxmDNGwOuEthce5gg56FcC") == meant

    @pytest.mark.parametrize("id_", ["0190c3f2-0000-7000-8000-000000000000", "user_29w83sxmDNGwOuEthce5gg56FcD", "ana"])
    def test_an_id_of_nobody_makes_nobody(self, organization, id_):
        with pytest.raises(CommandError, match="Nobody here"):
            create(id_)
        assert not User.objects.exists()

    def test_said_twice_it_makes_one_person(self, organization):
        assert create("ana@example.com") == create("ana@example.com")
        assert User.objects.count() == 1

    def test_open_pages_are_told(self, organization):
        create("ana@example.com")
        assert [notice.topic for notice in Notice.objects.all()] == ["team"]

    @pytest.mark.parametrize("email", ["", " ", "a@b@c", "x" * 250 + "@example.com", "ana@example.com\nx"])
    def test_what_is_no_email_is_refused(self, organization, email):
        with pytest.raises(CommandError, match=r"e-mail"):
            create(email)
        assert not User.objects.exists()

    def test_they_can_be_let_in(self, organization):
        membership = create("ana@example.com")
        assert person_called("ana@example.com", organization) == membership
