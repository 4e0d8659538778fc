"""What tests of streams need beside a browser."""

import pytest
from django.db import connection

from leadkeeper.live import reading


@pytest.fixture(autouse=True)
def no_waiting_for_ids_of_other_tests(request, monkeypatch, django_db_setup, django_db_blocker):
    """Ids that other tests used look like those of transactions at work, and these are waited for as long as any
    transaction of the server lasts: one of the tests that run beside these, too."""
    monkeypatch.setattr(reading, "_GIVEN_UP_AFTER_S", 0.0)
    if connection.vendor == "postgresql" and request.node.get_closest_marker("django_db"):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE live_notice RESTART IDENTITY")


@pytest.fixture
def cookies(client_of):
    """Makes the headers of a browser signed in as a person."""

    def make(membership, **more):
        client = client_of(membership)
        pairs = [(b"cookie", f"{name}={morsel.value}".encode()) for name, morsel in client.cookies.items()]
        return pairs + [(name.replace("_", "-").encode(), str(value).encode()) for name, value in more.items()]

    return make
