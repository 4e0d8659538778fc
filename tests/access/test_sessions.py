"""Sessions are stored so that nobody who reads the database can take one over."""

import importlib
import sqlite3
from contextlib import closing

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client

from leadkeeper.access.sessions import SessionStore, stored_key

migration = importlib.import_module("leadkeeper.access.migrations.0002_hash_session_keys")


def cookie_of(client):
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.mark.django_db
class TestSessionStore:
    def test_what_is_stored_is_no_cookie(self, person, client_of):
        client = client_of(person())
        stored = Session.objects.get()
        assert cookie_of(client) not in (stored.session_key, stored.session_data)
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = stored.session_key
        assert thief.get("/api/team").status_code == 401
        assert client.get("/api/team").status_code == 200

    def test_a_session_is_found_changed_and_ended_by_its_cookie(self):
        session = SessionStore()
        session["seen"] = 1
        session.save()
        again = SessionStore(session.session_key)
        again["seen"] += 1
        again.save()
        assert SessionStore(session.session_key)["seen"] == 2
        assert again.exists(session.session_key)
        again.delete()
        assert not Session.objects.exists()
        assert not again.exists(session.session_key)

    def test_an_unknown_cookie_has_no_session(self):
        session = SessionStore("x" * 32)
        assert "seen" not in session
        assert session.session_key is None

    def test_the_stored_key_fits_its_column(self):
        assert len(stored_key("ü" * 5000)) == Session._meta.get_field("session_key").max_length


@pytest.mark.django_db
class TestMigration:
    def test_those_signed_in_stay_so_and_the_way_back_ends_their_sessions(self, person, client_of):
        client = client_of(person())
        Session.objects.update(session_key=cookie_of(client))
        migration.hash_keys(apps, connection.schema_editor())
        assert client.get("/api/team").status_code == 200
        migration.delete_all(apps, connection.schema_editor())
        assert client.get("/api/team").status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not settings.ENVIRONMENT.is_sqlite, reason="a backup of PostgreSQL is not read here")
def test_a_backup_holds_no_cookie(person, client_of, tmp_path, monkeypatch):
    client = client_of(person())
    monkeypatch.setitem(settings.ENVIRONMENT.database, "NAME", connection.settings_dict["NAME"])
    call_command("backup", tmp_path / "copy.db", verbosity=0)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        (stored,) = copy.execute("SELECT session_key FROM django_session").fetchone()
    assert stored == stored_key(cookie_of(client))
