import os
from concurrent.futures import Executor, Future
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from leadkeeper.directory.models import Sweep
from leadkeeper.directory.sweeps import walk
from leadkeeper.directory.sweeps.dry_run import Rehearsed
from leadkeeper.directory.sweeps.ledger import Kept
from leadkeeper.directory.sweeps.sweep import sweep
from leadkeeper.directory.sweeps.sweep_lock import sweep_lock


class AtOnce(Executor):
    """Reads ahead in the caller's own thread: the earliest that the next page can be read."""

    def __init__(self, **_settings):
        pass

    def submit(self, function, /, *values, **named):
        done = Future()
        try:
            done.set_result(function(*values, **named))
        except BaseException as error:
            done.set_exception(error)
        return done


@pytest.fixture(autouse=True)
def read_ahead_at_once(monkeypatch):
    """What a test makes happen while a page is read happens on its own connection, where it can be seen."""
    monkeypatch.setattr(walk, "ThreadPoolExecutor", AtOnce)


@pytest.fixture
def run_over(organization):
    """Sweep a directory, as a new run or going on with `run`; answers the run as the database has it."""

    def go(directory, run=None, *, force=False, watch=lambda run: None):
        if run is None:
            run = Sweep.objects.create(organization=organization, kind=Sweep.Kind.BACKFILL, force=force)
        with sweep_lock() as lock:
            assert lock.take()
            sweep(directory, Kept(run, lock), watch=watch)
        return Sweep.objects.get(id=run.id)

    return go


@pytest.fixture
def rehearse(organization):
    """A dry run over a directory."""

    def go(directory, *, force=False):
        run = Sweep(organization=organization, force=force)
        sweep(directory, Rehearsed(run))
        return run

    return go


@pytest.fixture
def environment():
    """What a process needs to work on the database of this test."""
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{there['NAME']}"
    else:
        parts = urlsplit(os.environ["DATABASE_URL"])
        url = urlunsplit(parts._replace(path=f"/{there['NAME']}"))
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "leadkeeper.project.settings",
        "LEADKEEPER_LANGUAGE": "en",
    }
