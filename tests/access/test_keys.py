"""API keys and their command."""

import hashlib
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from leadkeeper.access.authenticate import viewer_of_key
from leadkeeper.access.keys import create_key, keys_of, revoke_key
from leadkeeper.access.models import ApiKey
from leadkeeper.storage.errors import Invalid, NotAllowed, NotFound
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer


def run(*arguments):
    out = StringIO()
    call_command("api_key", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
class TestCreateKey:
    def test_only_its_hash_is_kept(self, organization):
        key, text = create_key(organization, name="  Landing   page ", role=Role.SDR, by=None)
        assert text.startswith("lk_")
        assert len(text) >= 3 + 32
        assert key.name == "Landing page"
        assert key.hash == hashlib.sha256(text.encode()).hexdigest()
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM access_apikey")
            assert text[3:] not in str(cursor.fetchall())

    def test_no_two_are_the_same(self, organization):
        texts = {create_key(organization, name="one", role=Role.SDR, by=None)[1] for _ in range(50)}
        assert len(texts) == 50

    @pytest.mark.parametrize("name", ["", "  ", "x" * 101, "nul\0"])
    def test_it_needs_a_name(self, organization, name):
        with pytest.raises(Invalid) as refused:
            create_key(organization, name=name, role=Role.SDR, by=None)
        assert refused.value.field == "name"
        assert not ApiKey.objects.exists()

    @pytest.mark.parametrize("role", ["manager", "member", "sdr", "cs", "support"])
    def test_only_administrators_make_keys(self, organization, viewer, role):
        with pytest.raises(NotAllowed):
            create_key(organization, name="site", role=Role.SUPPORT, by=viewer(role))

    def test_nobody_gives_more_than_they_have(self, organization, viewer):
        admin = viewer("admin")
        with pytest.raises(Invalid) as refused:
            create_key(organization, name="site", role=Role.OWNER, by=admin)
        assert refused.value.field == "role"
        assert create_key(organization, name="site", role=Role.ADMIN, by=admin)[0].made_by_id == admin.person_id

    def test_a_key_makes_no_keys(self, organization, key_of):
        with pytest.raises(NotAllowed):
            create_key(organization, name="site", role=Role.SDR, by=viewer_of_key(key_of("owner")))


@pytest.mark.django_db
class TestRevokeKey:
    def test_it_is_for_good_and_may_be_said_twice(self, organization, viewer):
        key, text = create_key(organization, name="site", role=Role.SDR, by=None)
        first = revoke_key(key.id, by=viewer("admin")).revoked_at
        assert revoke_key(key.id, by=viewer("admin")).revoked_at == first
        assert viewer_of_key(text) is None

    def test_not_by_those_who_may_not_manage(self, organization, viewer):
        key, text = create_key(organization, name="site", role=Role.SDR, by=None)
        with pytest.raises(NotAllowed):
            revoke_key(key.id, by=viewer("manager"))
        assert viewer_of_key(text) is not None

    def test_keys_of_another_organization_do_not_exist(self, other_organization, viewer):
        key, _ = create_key(other_organization, name="theirs", role=Role.SDR, by=None)
        with pytest.raises(NotFound):
            revoke_key(key.id, by=viewer("owner"))
        assert not keys_of(viewer("owner")).exists()
        assert keys_of(Viewer.system(other_organization)).get() == key


@pytest.mark.django_db
class TestCommand:
    def test_the_key_is_alone_on_the_last_line(self):
        *sentence, text = run("create", "--name", "Landing page", "--role", "sdr")
        assert "Landing page" in " ".join(sentence)
        assert text not in " ".join(sentence)
        assert viewer_of_key(text).role is Role.SDR

    def test_an_empty_name_is_refused_with_a_sentence(self):
        with pytest.raises(CommandError, match="name"):
            run("create", "--name", " ", "--role", "sdr")

    def test_an_unknown_role_is_refused(self):
        with pytest.raises(CommandError, match="king"):
            run("create", "--name", "site", "--role", "king")

    def test_keys_are_listed_without_their_text_and_revoked_by_id(self):
        text = run("create", "--name", "site", "--role", "sdr")[-1]
        (line,) = run("list")
        assert "site" in line
        assert text[3:] not in line
        run("revoke", line.split()[0])
        assert "revoked" in run("list")[0]
        assert viewer_of_key(text) is None

    def test_revoking_what_is_not_there_is_refused(self, organization):
        with pytest.raises(CommandError, match="no such"):
            run("revoke", str(uuid.uuid4()))
