"""What tests of streams need beside a browser."""

import pytest

from leadkeeper.live import reading


@pytest.fixture(autouse=True)
def no_waiting_for_ids_of_other_tests(monkeypatch):
    monkeypatch.setattr(reading, "_GIVEN_UP_AFTER_S", 0.0)


@pytest.fixture
def cookies(client_of):
    """Makes the headers of a browser signed in as a person."""

    def make(membership, **more):
        client = client_of(membership)
        pairs = [(b"cookie", f"{name}={morsel.value}".encode()) for name, morsel in client.cookies.items()]
        return pairs + [(name.replace("_", "-").encode(), str(value).encode()) for name, value in more.items()]

    return make
