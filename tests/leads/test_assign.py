import uuid
from collections.abc import Callable

import pytest
from django.db import transaction

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.models import Lead, OwnershipChange
from leadkeeper.storage.errors import Conflict, Invalid
from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once
from tests.conftest import MakePerson
from tests.leads.conftest import MakeLead, chained, history, topics_of, wrong_counters

pytestmark = pytest.mark.django_db


class TestAssign:
    def test_the_lead_names_the_person_and_the_history_says_who_and_why(
        self, lead: MakeLead, person: MakePerson, viewer: Callable[..., Viewer]
    ) -> None:
        marina, bruno, ana = lead(), person("sdr", name="Bruno"), viewer("manager", name="Ana")
        batch = uuid.uuid4()

        change = assign(marina, bruno.user, by=ana, reason=Reason.CLAIM, note="asked for it", batch=batch)

        kept = Lead.objects.get(pk=marina.pk)
        assert change == kept.ownership.get()
        assert kept.assigned_to == bruno.user
        assert kept.assigned_at == kept.updated_at == change.at
        assert kept.version == marina.version == 2
        assert (change.by_kind, change.by_id, change.by_name) == ("person", ana.person_id, "Ana")
        assert (change.reason, change.note, change.batch) == ("claim", "asked for it", batch)

    def test_from_one_to_another_to_nobody_is_a_chain(self, lead: MakeLead, person: MakePerson, system: Viewer) -> None:
        bruno, carla = person("sdr", name="Bruno"), person("sdr", name="Carla")
        marina = lead(assigned_to=bruno.user_id)

        assign(marina, carla.user, by=system, reason=Reason.MANUAL)
        assign(marina, None, by=system, reason=Reason.MANUAL)

        kept = Lead.objects.get(pk=marina.pk)
        assert (kept.assigned_to_id, kept.assigned_at) == (None, None)
        assert history(kept) == [
            (None, bruno.user_id),
            (bruno.user_id, carla.user_id),
            (carla.user_id, None),
        ]
        assert chained(kept)
        assert wrong_counters(system.organization) == 0

    def test_what_is_so_already_leaves_no_trace(self, lead: MakeLead, person: MakePerson, system: Viewer) -> None:
        bruno = person("sdr")
        marina = lead(assigned_to=bruno.user_id)
        assert assign(marina, bruno.user, by=system, reason=Reason.MANUAL) is None
        assert Lead.objects.get(pk=marina.pk).version == 1
        assert len(history(marina)) == 1

    def test_open_pages_are_told(
        self, lead: MakeLead, person: MakePerson, system: Viewer, organization: Organization
    ) -> None:
        marina = lead()
        before = topics_of(organization)
        assign(marina, person("sdr").user, by=system, reason=Reason.MANUAL)
        assert topics_of(organization) == before == {"leads", f"lead:{marina.pk}"}

    def test_who_cannot_be_responsible_is_refused_and_nothing_changes(
        self, lead: MakeLead, person: MakePerson, system: Viewer, other_organization: Organization
    ) -> None:
        marina = lead()
        excused = person("manager")
        excused.may_own_leads = False
        excused.save()
        for refused_person in (
            person("sdr", active=False),
            person("cs"),
            person("sdr", organization=other_organization),
            excused,
        ):
            with pytest.raises(Invalid) as refused:
                assign(marina, refused_person.user, by=system, reason=Reason.MANUAL)
            assert refused.value.field == "assigned_to"
        assert Lead.objects.get(pk=marina.pk).version == 1
        assert history(marina) == []

    def test_a_caller_who_forgot_the_lock_cannot_break_the_chain(
        self, lead: MakeLead, person: MakePerson, system: Viewer
    ) -> None:
        marina = lead()
        seen_earlier = Lead.objects.get(pk=marina.pk)
        assign(marina, person("sdr").user, by=system, reason=Reason.MANUAL)
        with pytest.raises(Conflict):
            assign(seen_earlier, person("sdr").user, by=system, reason=Reason.MANUAL)
        assert chained(marina)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_twenty_four_writers_on_two_leads_leave_two_chains_and_true_counters(
        self, lead: MakeLead, person: MakePerson, system: Viewer, organization: Organization
    ) -> None:
        people = [person("sdr", name=f"Seller {number}") for number in range(4)]
        leads = [lead("Marina"), lead("Otávio", assigned_to=people[0].user_id)]

        def hand_over(number: int) -> list[OwnershipChange | None]:
            changes = []
            for turn in range(3):
                choice = (number + turn) % 5
                to = people[choice].user if choice < 4 else None
                with transaction.atomic():
                    locked = lock_lead(leads[(number + turn) % 2].pk, system)
                    changes.append(assign(locked, to, by=system, reason=Reason.MANUAL))
            return changes

        answers = at_once([lambda number=number: hand_over(number) for number in range(24)])  # type: ignore[misc]

        assert not [answer for answer in answers if isinstance(answer, Exception)]
        written = sum(change is not None for changes in answers for change in changes)  # type: ignore[union-attr]
        assert written == OwnershipChange.objects.exclude(reason=Reason.CREATED).count() > 0
        for each in leads:
            assert chained(each)
            assert Lead.objects.get(pk=each.pk).version == 1 + each.ownership.exclude(reason="created").count()
        assert wrong_counters(organization) == 0
