"""Killed in the middle of deliveries: what was acknowledged is there, and the rest is taken when it is repeated."""

import pytest
from django.conf import settings

from tests.holds.senders import Senders, messages
from tests.server import Server

pytestmark = pytest.mark.processes

MESSAGES = 10_000
KILLED_AFTER = 3_000

STATE = """
import django; django.setup()
import json
from leadkeeper.directory.models import Delivery
from leadkeeper.team.models import Membership, User
print(json.dumps({
    "kept": list(Delivery.objects.values_list("message_id", flat=True)),
    "outcomes": sorted(set(Delivery.objects.values_list("outcome", flat=True))),
    "names": dict(User.objects.values_list("clerk_id", "name")),
    "memberships": Membership.objects.filter(active=True).count(),
}))
"""


@pytest.fixture
def server(database_url, tmp_path):
    server = Server(database_url, tmp_path, CLERK_WEBHOOK_SECRET=settings.CLERK_WEBHOOK_SECRETS[0])
    server.start()
    yield server
    if server.process.poll() is None:
        server.stop()


def state(server):
    import json
    import sys

    return json.loads(server.run(sys.executable, "-c", STATE))


def test_every_acknowledged_delivery_survives_kill_9_and_the_rest_arrives_by_repetition(server):
    sent = list(messages(MESSAGES))
    senders = Senders(server.port, sent)
    senders.start()
    senders.wait_for(KILLED_AFTER)
    server.kill()
    senders.join()
    server.start()

    after = state(server)
    acknowledged = set(senders.acknowledged)
    assert KILLED_AFTER <= len(acknowledged) < MESSAGES
    assert acknowledged <= set(after["kept"])
    assert len(after["kept"]) == len(set(after["kept"]))

    rest = [message for message in sent if message[0] not in acknowledged]
    again = Senders(server.port, rest, retry_for_s=30)
    again.start()
    again.join()
    assert len(again.acknowledged) == len(rest)

    done = state(server)
    assert len(done["kept"]) == MESSAGES, "each message once"
    assert set(done["outcomes"]) <= {"applied", "stale"}
    newest = {f"user_{index % 500:05}": f"Version {index}" for index in range(MESSAGES)}
    assert done["names"] == newest
    assert done["memberships"] == len(newest)
