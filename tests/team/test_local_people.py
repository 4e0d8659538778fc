"""People who are known only here."""

from collections.abc import Callable

import pytest
from django.test import Client

from leadkeeper.live.models import Notice
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, NotFound
from leadkeeper.team.local_people import NewPerson, add_person, deactivate, reactivate
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.people import find_people
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson
from tests.team.test_form_pages import PART, errors, fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(viewer: Callable[..., Viewer]) -> Viewer:
    return viewer("admin", name="Ada")


def added(by: Viewer, name: str = "Lúcia Reis", email: str = "lucia@example.com", role: Role = Role.SDR) -> Membership:
    return add_person(NewPerson(name=name, email=email, role=role), by=by)


class TestAdding:
    def test_they_are_found_and_may_be_responsible_and_the_directory_knows_nothing_of_them(self, admin: Viewer) -> None:
        lucia = added(admin, name="  Lúcia   Reis ")
        assert (lucia.user.name, lucia.user.clerk_id, lucia.role, lucia.role_source) == (
            *("Lúcia Reis", None),
            *(Role.SDR, "here"),
        )
        assert lucia.role_set_by_id == admin.person_id
        assert find_people(admin, query="lucia re").get() == lucia
        assert Membership.objects.assignable().filter(pk=lucia.pk).exists()
        assert Notice.objects.filter(topic="team").exists()

    def test_an_email_may_be_missing_more_than_once(self, admin: Viewer) -> None:
        assert added(admin, email="").pk != added(admin, email=" ").pk

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": "  "}, "name"),
            ({"name": "\u3164\u200b"}, "name"),
            ({"email": "lucia"}, "email"),
            ({"email": f"{'x' * 250}@example.com"}, "email"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, admin: Viewer, typed: dict[str, str], field: str) -> None:
        with pytest.raises(Invalid) as refused:
            added(admin, **typed)  # type: ignore[arg-type]
        assert refused.value.field == field

    def test_an_email_that_somebody_has_is_refused_and_it_says_who(self, person: MakePerson, admin: Viewer) -> None:
        person("sdr", name="Lucas Prado", email="Both@Example.com", active=False)
        with pytest.raises(Invalid, match="Lucas Prado"):
            added(admin, email="both@example.com")

    def test_what_nobody_sees_of_name_and_email_is_not_kept(self, admin: Viewer) -> None:
        lucia = added(admin, name="\u202eLúcia\u202c", email="\u200blucia@exam\u00adple.com\ufeff")
        assert (lucia.user.name, lucia.user.email) == ("Lúcia", "lucia@example.com")
        assert added(admin, email="\u200b").user.email == ""

    def test_a_name_of_any_length_and_script_is_kept(self, admin: Viewer) -> None:
        assert len(added(admin, name="ل" * 400 + "\0").user.name) == 255

    def test_only_an_owner_adds_an_owner(self, admin: Viewer, viewer: Callable[..., Viewer]) -> None:
        with pytest.raises(NotAllowed):
            added(admin, role=Role.OWNER)
        assert added(viewer("owner"), role=Role.OWNER).role is Role.OWNER

    def test_only_those_who_manage_people(self, viewer: Callable[..., Viewer]) -> None:
        with pytest.raises(NotAllowed):
            added(viewer("manager"))


class TestTurningOff:
    def test_they_are_out_at_once_and_back_later_with_their_role(
        self, admin: Viewer, client_of: Callable[[Membership], Client]
    ) -> None:
        lucia = added(admin)
        session = client_of(lucia)
        assert session.get("/team").status_code == 200
        deactivate(lucia.user_id, by=admin)
        assert session.get("/team").status_code == 302
        assert not Membership.objects.assignable().filter(pk=lucia.pk).exists()

        back = reactivate(lucia.user_id, by=admin)
        assert (back.active, back.role) == (True, Role.SDR)
        assert session.get("/team").status_code == 302
        assert client_of(back).get("/team").status_code == 200

    def test_twice_is_once(self, admin: Viewer) -> None:
        lucia = added(admin)
        deactivate(lucia.user_id, by=admin)
        Notice.objects.all().delete()
        deactivate(lucia.user_id, by=admin)
        lucia.user.refresh_from_db()
        assert (lucia.user.session_generation, Notice.objects.count()) == (1, 0)

    def test_of_people_of_the_directory_the_directory_decides(self, person: MakePerson, admin: Viewer) -> None:
        for verb in (deactivate, reactivate):
            with pytest.raises(Conflict):
                verb(person("sdr").user_id, by=admin)

    def test_nobody_turns_themselves_off(self, admin: Viewer) -> None:
        lucia = added(admin, role=Role.ADMIN)
        with pytest.raises(NotAllowed):
            deactivate(lucia.user_id, by=Viewer.of(lucia))

    def test_owners_are_for_owners(self, admin: Viewer, system: Viewer, viewer: Callable[..., Viewer]) -> None:
        owner = added(system, role=Role.OWNER)
        viewer("owner")
        with pytest.raises(NotAllowed):
            deactivate(owner.user_id, by=admin)
        deactivate(owner.user_id, by=system)
        with pytest.raises(NotAllowed):
            reactivate(owner.user_id, by=admin)

    @pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
    def test_somebody_must_be_left_to_run_it(self, person: MakePerson, system: Viewer, role: Role) -> None:
        last = added(system, role=role)
        with pytest.raises(Conflict):
            deactivate(last.user_id, by=system)
        person(role)
        assert not deactivate(last.user_id, by=system).active

    def test_people_of_another_organization_do_not_exist(
        self, system: Viewer, admin: Viewer, other_organization: Organization
    ) -> None:
        stranger = added(Viewer.system(other_organization))
        with pytest.raises(NotFound):
            deactivate(stranger.user_id, by=admin)


class TestOnTheTeamPage:
    @pytest.fixture
    def client(self, person: MakePerson, client_of: Callable[[Membership], Client]) -> Client:
        return client_of(person("admin", name="Ada"))

    def test_a_person_is_added_and_turned_off_and_on(self, client: Client) -> None:
        form = fields(client.get("/team/new", headers=PART).content.decode())
        assert form["role"] == "member"
        answer = client.post("/team/new", form | {"name": "Lúcia Reis", "role": "sdr"}, headers=PART)
        assert answer.status_code == 204
        assert "L\\u00facia Reis added. Role: SDR" in answer["HX-Trigger"]
        lucia = Membership.objects.get(user__name="Lúcia Reis")
        for button, active in (("deactivate", False), ("reactivate", True)):
            page = client.get(f"/team/{lucia.user_id}", headers=PART).content.decode()
            assert f'name="{button}"' in page
            answer = client.post(f"/team/{lucia.user_id}", fields(page) | {button: "1"}, headers=PART)
            assert f"L\\u00facia Reis {button}d." in answer["HX-Trigger"]
            lucia.refresh_from_db()
            assert lucia.active is active

    def test_what_is_wrong_is_said_in_place_and_what_was_typed_stays(self, client: Client) -> None:
        answer = client.post("/team/new", {"name": "", "email": "x@example.com", "role": "king"}, headers=PART)
        assert answer.status_code == 422
        assert errors(answer.content.decode()) == {"name": "Enter a name.", "role": "There is no such role."}
        answer = client.post("/team/new", {"name": "Lúcia", "email": "nonsense", "role": "owner"}, headers=PART)
        assert errors(answer.content.decode()) == {"email": "nonsense is not a valid e-mail address."}
        assert fields(answer.content.decode())["name"] == "Lúcia"

    def test_somebody_of_the_directory_cannot_be_turned_off_here(self, client: Client, person: MakePerson) -> None:
        lucas = person("sdr")
        page = client.get(f"/team/{lucas.user_id}", headers=PART).content.decode()
        assert 'name="deactivate"' not in page
        answer = client.post(f"/team/{lucas.user_id}", {"deactivate": "1"}, headers=PART)
        assert "The directory decides" in errors(answer.content.decode())["role"]

    def test_only_who_manages_people_is_offered_it(
        self, person: MakePerson, client_of: Callable[[Membership], Client]
    ) -> None:
        manager = client_of(person("manager"))
        assert "/team/new" not in manager.get("/team").content.decode()
        assert manager.get("/team/new").status_code == 403

    def test_without_script_it_is_a_page(self, client: Client) -> None:
        assert "<h1>Add person</h1>" in client.get("/team/new").content.decode()
        answer = client.post("/team/new", {"name": "Lúcia", "email": "", "role": "cs"})
        assert (answer.status_code, answer["Location"]) == (303, "/team")
        assert "Lúcia added. Role: Customer success" in client.get("/team").content.decode()
