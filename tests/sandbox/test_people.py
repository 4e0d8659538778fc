"""Who is there, how they change, and that a second start finds them again."""

from __future__ import annotations

import json
import re
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import NewPerson, Sandbox, SandboxError
from sandbox.clerk_objects import ROLES, display_name, new_user, primary_email
from sandbox.people import UnknownPerson, role_of

SAMPLES = Path(__file__).parent.parent / "clerk" / "samples"
NOWHERE = "http://127.0.0.1:9/clerk/users"
FIELDS = """
id object username first_name last_name locale timezone image_url has_image primary_email_address_id
primary_phone_number_id primary_web3_wallet_id password_enabled two_factor_enabled totp_enabled backup_code_enabled
email_addresses phone_numbers web3_wallets passkeys external_accounts saml_accounts enterprise_accounts
password_last_updated_at public_metadata private_metadata unsafe_metadata external_id last_sign_in_at banned
deprovisioned locked organization_memberships lockout_expires_in_seconds verification_attempts_remaining created_at
updated_at delete_self_enabled bypass_client_trust create_organization_enabled create_organizations_limit
last_active_at mfa_enabled_at mfa_disabled_at legal_accepted_at profile_image_url
"""


def shape(value: Any) -> Any:
    """The keys and kinds of a value. What differs from person to person counts by kind only."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return str if isinstance(value, str) else type(value)


def everybody(sandbox: Sandbox) -> list[dict]:
    """All Users, oldest first."""
    rows = sandbox.people.page(descending=False, limit=1_000_000)
    return [json.loads(row) for row in rows]


class TestTheFirstTeam:
    def test_is_twelve_people_of_every_role_with_ana_first(self) -> None:
        team = everybody(Sandbox(None, NOWHERE))
        assert len(team) == 12
        assert (display_name(team[0]), role_of(team[0])) == ("Ana Souza", "owner")
        assert {role_of(person) for person in team} == set(ROLES)

    def test_has_accents_a_person_without_email_and_no_email_twice(self) -> None:
        team = everybody(Sandbox(None, NOWHERE))
        names = {display_name(person) for person in team}
        assert {"Érica Nogueira", "João da Silva", "recepcao-01"} <= names
        assert max(map(len, names)) > 50
        emails = [primary_email(person) for person in team]
        assert emails.count(None) == 1
        assert len(set(emails)) == 12

    def test_looks_like_clerk(self) -> None:
        for person in everybody(Sandbox(None, NOWHERE)):
            assert set(person) == set(FIELDS.split())
            assert (person["deprovisioned"], person["timezone"], person["organization_memberships"]) == (
                False,
                None,
                None,
            )
            assert re.fullmatch(r"user_[0-9A-Za-z]{27}", person["id"])
            assert len(str(person["created_at"])) == 13

    def test_has_the_shape_of_real_users_in_every_part(self) -> None:
        real = json.loads((SAMPLES / "users.page.json").read_text())[1]
        same = NewPerson("Marco", "Ibarra", "marco@a.example", fields={"external_id": "crm_1"})
        made = shape(new_user(same, at_ms=1_755_000_123_456, instance_id="ins_a"))
        assert {name: made.get(name) for name in real} == shape(real)

    def test_one_with_a_phone_number_only_is_called_by_it(self) -> None:
        phone = {"id": "idn_a", "object": "phone_number", "phone_number": "+5511987654321"}
        fields = {"phone_numbers": [phone], "primary_phone_number_id": "idn_a"}
        person = Sandbox(None, NOWHERE).people.add(NewPerson(fields=fields))
        assert display_name(person) == "+5511987654321"

    def test_may_be_of_another_size(self) -> None:
        assert len(everybody(Sandbox(None, NOWHERE, people=0))) == 0
        crowd = everybody(Sandbox(None, NOWHERE, people=3000))
        assert len({person["id"] for person in crowd}) == 3000
        assert len({person["created_at"] for person in crowd}) == 3000
        assert crowd[-1]["created_at"] <= time.time() * 1000


class TestChanging:
    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Sandbox(None, NOWHERE, people=1)

    def test_times_always_move_on(self, sandbox: Sandbox) -> None:
        made = [sandbox.people.add(NewPerson(str(number))) for number in range(50)]
        times = [person["created_at"] for person in made]
        assert times == sorted(set(times))
        edited = sandbox.people.edit(made[0]["id"], {"first_name": "Zero"})
        assert edited["updated_at"] > times[-1]
        assert edited["created_at"] == times[0]

    def test_a_new_email_becomes_the_primary_beside_the_old_one(self, sandbox: Sandbox) -> None:
        person = sandbox.people.add(NewPerson("Ida", email="ida@a.example"))
        edited = sandbox.people.edit(person["id"], {"email": "ida@b.example"})
        assert [address["email_address"] for address in edited["email_addresses"]] == [
            "ida@a.example",
            "ida@b.example",
        ]
        assert primary_email(edited) == "ida@b.example"
        back = sandbox.people.edit(person["id"], {"email": "IDA@a.example"})
        assert primary_email(back) == "ida@a.example"
        assert len(back["email_addresses"]) == 2
        assert primary_email(sandbox.people.edit(person["id"], {"email": None})) is None

    def test_a_role_is_one_key_of_the_public_metadata(self, sandbox: Sandbox) -> None:
        person = sandbox.people.add(NewPerson("Ida", fields={"public_metadata": {"team": "sul"}}))
        assert sandbox.people.set_role(person["id"], "cs")["public_metadata"] == {"team": "sul", "role": "cs"}
        assert sandbox.people.set_role(person["id"], None)["public_metadata"] == {"team": "sul"}

    def test_off_is_said_in_three_ways(self, sandbox: Sandbox) -> None:
        person = sandbox.people.add(NewPerson("Ida"))["id"]
        assert sandbox.people.ban(person)["banned"] is True
        assert sandbox.people.ban(person, False)["banned"] is False
        assert sandbox.people.deprovision(person)["deprovisioned"] is True
        sandbox.people.delete(person)
        assert person not in sandbox.people
        for verb in (sandbox.people.get, sandbox.people.delete, sandbox.people.ban):
            with pytest.raises(UnknownPerson):
                verb(person)

    def test_the_first_administrator_is_active_and_has_an_email(self, sandbox: Sandbox) -> None:
        ana = sandbox.people.first_administrator()
        assert ana is not None
        assert display_name(ana) == "Ana Souza"
        sandbox.people.add(NewPerson("Rui", email="rui@a.example", role="admin"))
        sandbox.people.add(NewPerson("Sem", role="owner"))
        sandbox.people.ban(ana["id"])
        rui = sandbox.people.first_administrator()
        assert rui is not None
        assert display_name(rui) == "Rui"

    def test_people_are_found_without_accents(self, sandbox: Sandbox) -> None:
        sandbox.people.add(NewPerson("Érica", "Conceição", "e@a.example"))
        found, total = sandbox.people.find("conceicao eric", 10)
        assert total == 1
        assert display_name(found[0]) == "Érica Conceição"


class TestKeeping:
    def test_a_second_start_finds_the_same_people_and_secrets(self, tmp_path: Path) -> None:
        first = Sandbox(tmp_path / "deep" / "folder", NOWHERE)
        first.people.add(NewPerson("Lucas", "Prado"))
        first.people.note("seen", {"a": 1})
        people, environment = everybody(first), first.environment()
        first.stop()

        second = Sandbox(tmp_path / "deep" / "folder", NOWHERE)
        assert everybody(second) == people
        assert len(second.people) == 13
        assert second.environment() == environment
        assert second.notes == {"seen": {"a": 1}}
        assert second.people.add(NewPerson("x"))["created_at"] > people[-1]["updated_at"]
        second.stop()

    def test_the_file_is_private_and_never_half_written(self, tmp_path: Path) -> None:
        sandbox = Sandbox(tmp_path, NOWHERE)
        file = tmp_path / "sandbox.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(json.loads(file.read_text())["people"]) == 12
        assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "sandbox.json"]
        sandbox.stop()

    def test_an_empty_sandbox_stays_empty(self, tmp_path: Path) -> None:
        Sandbox(tmp_path, NOWHERE, people=0).stop()
        again = Sandbox(tmp_path, NOWHERE)
        assert len(again.people) == 0
        again.stop()

    def test_a_folder_that_cannot_be_written_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(SandboxError, match=r"The folder .*file cannot be written \(File exists\)"):
            Sandbox(tmp_path / "file", NOWHERE)

    def test_a_broken_file_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "sandbox.json").write_text("{")
        with pytest.raises(SandboxError, match="move it away to begin anew"):
            Sandbox(tmp_path, NOWHERE)

    def test_a_folder_is_used_by_one_at_a_time(self, tmp_path: Path) -> None:
        first = Sandbox(tmp_path, NOWHERE)
        with pytest.raises(SandboxError, match="Another sandbox is running"):
            Sandbox(tmp_path, NOWHERE)
        first.stop()
        Sandbox(tmp_path, NOWHERE).stop()
