"""Killed in the middle of moving thousands of leads: it goes on where it was, and no step is ever half done."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.server import COMMAND, Server

pytestmark = pytest.mark.processes

LEADS = 15_000
KILLS = 3
STEPS_BETWEEN = 10

# A person with thousands of leads, and a batch that gives them all to two others.
PREPARE = f"""
import django; django.setup()
from django.db import transaction
from leadkeeper.leads.load import recount
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer
from leadkeeper.team.local_people import NewPerson, add_person
from leadkeeper.team.organizations import home
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer
by = Viewer.system(home())
with transaction.atomic():
    giver, one, other = (
        add_person(NewPerson(name=name, email="", role=Role.SDR), by=by) for name in ("Giver", "One", "Other")
    )
    leads = Lead.objects.bulk_create(
        Lead(organization=home(), name=f"Lead {{number}}", email=f"{{number}}@example.com",
             folded_email=f"{{number}}@example.com", assigned_to=giver.user)
        for number in range({LEADS})
    )
    OwnershipChange.objects.bulk_create(
        OwnershipChange(
            organization=home(), lead=lead, to_user=giver.user, by_kind="system", by_name="", reason="created"
        )
        for lead in leads
    )
    recount(home())
plan = decide(Wanted(giver=giver.user_id, to=(one.user_id, other.user_id)), by=by)
with transaction.atomic():
    print(transfer(plan, by=by).pk)
"""

STATE = """
import django; django.setup()
import json
from django.db import transaction
from django.db.models import Count
from leadkeeper.leads.transfers.batches import A_STEP
from leadkeeper.leads.load import recount
from leadkeeper.leads.transfers.models import Batch, BatchStep
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.team.organizations import home
batch = Batch.objects.get()
steps = BatchStep.objects.filter(batch=batch).exclude(number=0)
with transaction.atomic():
    wrong = recount(home())
owners = dict(Lead.objects.values_list("pk", "assigned_to"))
ends = dict.fromkeys(owners)
gaps = 0
for lead, start, to in OwnershipChange.objects.order_by("id").values_list("lead", "from_user", "to_user").iterator():
    gaps += ends[lead] != start
    ends[lead] = to
print(json.dumps({
    "ended": bool(batch.ended_at), "moved": batch.moved, "steps done": steps.exclude(done_at=None).count(),
    "changes": OwnershipChange.objects.filter(batch=batch.pk).count(), "wrong counters": wrong,
    "gaps": gaps, "untrue": ends != owners, "step": A_STEP,
    "owners": sorted(Lead.objects.values_list("assigned_to__name").annotate(leads=Count("id"))),
}))
"""

CARRY_ON = """
import django; django.setup()
from leadkeeper.leads.transfers.batches import _take_step, work_off

def tell_of_step():
    found = _take_step()
    if found:
        print("a step is done", flush=True)
    return found

while True:
    work_off(tell_of_step)
"""


class Machine(Server):
    """Not serving anything: only the background work, in a process that can be killed."""

    def carry_on(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", CARRY_ON],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def kill_after(self, steps, seconds=0.0):
        for _ in range(steps):
            assert self.process.stdout.readline(), self.process.stderr.read()
        time.sleep(seconds)
        assert self.process.poll() is None, self.process.stderr.read()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def state(self):
        return json.loads(self.run(sys.executable, "-c", STATE))


@pytest.fixture
def machine(database_url, tmp_path):
    machine = Machine(database_url, tmp_path)
    machine.run(COMMAND, "migrate")
    return machine


def test_killed_again_and_again_a_transfer_is_never_half_done_and_comes_to_its_end(machine):
    machine.run(sys.executable, "-c", PREPARE)
    moved = 0
    for kill in range(KILLS):
        machine.carry_on()
        # Anywhere in the next step.
        machine.kill_after(STEPS_BETWEEN, seconds=kill * 0.005)
        now = machine.state()
        assert now["moved"] == now["changes"] == now["steps done"] * now["step"]
        assert (now["gaps"], now["untrue"], now["wrong counters"]) == (0, False, 0)
        assert moved <= now["moved"]
        moved = now["moved"]
        assert 0 < moved < LEADS, "killed in the middle"
    machine.carry_on()
    deadline = time.monotonic() + 60
    while not (end := machine.state())["ended"]:
        assert time.monotonic() < deadline, end
    machine.kill_after(steps=0)
    assert end["moved"] == end["changes"] == LEADS
    assert end["owners"] == [["One", LEADS // 2], ["Other", LEADS // 2]]
    assert (end["gaps"], end["untrue"], end["wrong counters"]) == (0, False, 0)
