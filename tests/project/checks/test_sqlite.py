import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from leadkeeper.project.checks import sqlite

pytestmark = pytest.mark.skipif(not settings.ENVIRONMENT.is_sqlite, reason="of SQLite")
MEGABYTE = 1024 * 1024
NOBODY = 65534


@pytest.fixture
def folder():
    """A folder whose files every user may write."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)
        Path(name).chmod(0o777)


@pytest.fixture
def path(folder, monkeypatch):
    path = folder / "leadkeeper.db"
    monkeypatch.setattr(sqlite, "_path", lambda: path)
    return path


@contextmanager
def an_ordinary_user():
    """Somebody to whom permissions matter, unlike to root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


class TestTheFile:
    def test_that_is_not_there_is_not_made(self, path):
        finding = sqlite.file()
        assert finding.status == "problem"
        assert str(path) in finding.detail
        assert not path.exists()

    def test_that_can_be_written(self, path):
        path.touch()
        assert sqlite.file().status == "ok"

    @pytest.mark.parametrize(("mode", "folder_mode"), [(0o444, 0o777), (0o666, 0o555)])
    def test_that_cannot_itself_or_whose_folder_cannot(self, folder, monkeypatch, mode, folder_mode):
        # Another user may not get through the folders above.
        monkeypatch.chdir(folder)
        path = Path("leadkeeper.db")
        monkeypatch.setattr(sqlite, "_path", lambda: path)
        path.touch()
        path.chmod(mode)
        path.parent.chmod(folder_mode)
        with an_ordinary_user():
            finding = sqlite.file()
        assert finding.status == "problem"
        assert finding.detail == f"{path if mode == 0o444 else path.parent} cannot be written."


@pytest.mark.django_db
class TestTheDatabase:
    def test_answers(self):
        assert sqlite.database().status == "ok"

    def test_of_the_tests_would_not_survive_a_power_cut(self):
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA synchronous").fetchone() == (0,)
        assert sqlite.durability().status == "problem"


class TestDurability:
    @pytest.mark.parametrize(
        ("journal", "synchronous", "status"),
        [("wal", 2, "ok"), ("wal", 3, "ok"), ("wal", 1, "problem"), ("wal", 0, "problem"), ("delete", 2, "problem")],
    )
    def test_takes_a_log_that_is_on_disk(self, journal, synchronous, status):
        assert sqlite.judge_durability(journal, synchronous).status == status


class TestRoom:
    @pytest.mark.parametrize(
        ("megabytes", "status"), [(99, "problem"), (100, "warning"), (1023, "warning"), (1024, "ok"), (10**6, "ok")]
    )
    def test_by_what_is_left(self, megabytes, status):
        assert sqlite.judge_room(megabytes * MEGABYTE).status == status

    def test_is_that_of_the_disk_of_the_file(self, path):
        assert "left on the disk" in sqlite.disk_space().detail
