"""The folder of the database: made by name, and nobody else's to read."""

import stat
from dataclasses import replace

import pytest
from django.core.management.base import CommandError

from leadkeeper.project import data_folder
from leadkeeper.project.environment import read
from leadkeeper.project.log import LineFormatter


@pytest.fixture
def at(settings, tmp_path, monkeypatch):
    """Work in a folder of the test, with its database at this path."""

    def at(path, *, is_here):
        monkeypatch.chdir(tmp_path)
        database = {"ENGINE": "leadkeeper.storage.fair_sqlite", "NAME": str(tmp_path / path)}
        settings.ENVIRONMENT = replace(read({}), database=database, is_sqlite=True, is_here=is_here)
        return tmp_path / path

    return at


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def made(folder, *names, others=0o644):
    """These files, which others may read."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for name in names:
        (folder / name).write_text("x")
        (folder / name).chmod(others)


class TestPrepare:
    @pytest.mark.parametrize("is_here", [True, False])
    def test_a_new_one_is_named_and_closed_to_others(self, at, capsys, is_here):
        path = at("new/data/leadkeeper.db", is_here=is_here)
        data_folder.prepare(may_make=True)
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)
        told = capsys.readouterr()
        assert told.err == f"leadkeeper: New database: {path}\n"
        assert told.out == ""

    def test_one_that_is_there_is_not_told_of(self, at, capsys):
        made(at("data/leadkeeper.db", is_here=True).parent, "leadkeeper.db")
        data_folder.prepare(may_make=False)
        assert capsys.readouterr().err == ""

    def test_in_another_folder_nothing_is_made_and_the_sentence_names_the_file(self, at, tmp_path):
        path = at("data/leadkeeper.db", is_here=True)
        with pytest.raises(CommandError) as refused:
            data_folder.prepare(may_make=False)
        assert str(path) in str(refused.value)
        assert "DATABASE_URL" in str(refused.value)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_named_in_full_is_made_by_any_command(self, at, capsys):
        path = at("data/leadkeeper.db", is_here=False)
        data_folder.prepare(may_make=False)
        assert path.exists()
        assert capsys.readouterr().err == ""

    def test_a_folder_that_cannot_be_is_a_sentence(self, at, tmp_path):
        (tmp_path / "file").write_text("")
        at("file/data/leadkeeper.db", is_here=False)
        with pytest.raises(CommandError, match=r"file/data cannot be used: .*\."):
            data_folder.prepare(may_make=True)


class TestCloseToOthers:
    def test_all_that_lies_there_is_corrected_and_logged(self, at, caplog):
        path = at("data/leadkeeper.db", is_here=True)
        names = ["leadkeeper.db", "leadkeeper.db-wal", "leadkeeper.db-shm", "secret_key", "backup-2026-11-01.db"]
        made(path.parent, *names)
        data_folder.close_to_others()
        assert mode(path.parent) == 0o700
        assert {mode(path.parent / name) for name in names} == {0o600}
        lines = [LineFormatter().format(record) for record in caplog.records]
        assert len(lines) == 6
        assert any(f'corrected path="{path}" mode="0644"' in line for line in lines)

    def test_what_is_closed_already_is_not_told_of(self, at, caplog):
        path = at("data/leadkeeper.db", is_here=True)
        made(path.parent, "leadkeeper.db", others=0o600)
        path.parent.chmod(0o700)
        data_folder.close_to_others()
        assert caplog.records == []

    @pytest.mark.parametrize("shared", ["the working directory", "a folder of all, such as /tmp"])
    def test_where_others_have_something_too_only_our_files_are_closed(self, at, tmp_path, shared):
        path = at("leadkeeper.db" if shared == "the working directory" else "all/leadkeeper.db", is_here=True)
        made(path.parent, "leadkeeper.db", "leadkeeper.db-wal", "secret_key", "notes.txt")
        path.parent.chmod(0o755 if shared == "the working directory" else 0o1777)
        before = mode(path.parent)
        data_folder.close_to_others()
        assert mode(path.parent) == before
        assert mode(path.parent / "notes.txt") == 0o644
        assert {mode(path.with_name(name)) for name in ("leadkeeper.db", "leadkeeper.db-wal", "secret_key")} == {0o600}
