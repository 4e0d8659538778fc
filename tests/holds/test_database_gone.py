"""The database goes away under load and comes back: 503 meanwhile, then everything, without a restart."""

import time

import pytest
from django.conf import settings

from tests.holds.senders import Senders, messages
from tests.holds.test_killed import state
from tests.server import Server
from tools.postgres import bundled
from tools.postgres import postgres as server_of_one_test

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(settings.ENVIRONMENT.is_sqlite, reason="a file does not go away"),
]

GONE_FOR_S = 20
MESSAGES = 4_000


@pytest.fixture
def postgres(tmp_path):
    with server_of_one_test(tmp_path, programs=bundled()) as server:
        yield server


def test_nothing_is_lost_once_the_sender_has_repeated(postgres, tmp_path):
    server = Server(postgres.database().url, tmp_path, CLERK_WEBHOOK_SECRET=settings.CLERK_WEBHOOK_SECRETS[0])
    server.start()
    try:
        senders = Senders(server.port, messages(MESSAGES), retry_for_s=90)
        senders.start()
        senders.wait_for(500)
        postgres.stop()
        gone = time.monotonic()
        time.sleep(1)
        acknowledged = len(senders.acknowledged)
        assert server.get("/health/ready").status == 503
        assert server.get("/health/live").status == 200
        time.sleep(GONE_FOR_S - (time.monotonic() - gone))
        assert len(senders.acknowledged) == acknowledged, "acknowledged without a database"
        postgres.start()
        senders.join()
        assert senders.statuses == {204, 503}
        assert len(senders.acknowledged) == MESSAGES
        assert len(state(server)["kept"]) == MESSAGES
        assert server.get("/health/ready").status == 200
        assert server.process.poll() is None
    finally:
        server.stop()
