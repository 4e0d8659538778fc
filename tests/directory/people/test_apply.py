"""The one writer of mirrored columns, against a real database."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.directory.models import Recheck
from leadkeeper.directory.people.apply import apply, preview
from leadkeeper.directory.people.change import UNKNOWN, Absent, Deleted, Origin, Record, Result, Stated, decide
from leadkeeper.live.models import Notice
from leadkeeper.storage import rows
from leadkeeper.team.models import Membership, User
from leadkeeper.team.organizations import HOME_ID, home
from leadkeeper.team.roles import Role
from tests.directory.strategies import deliveries, stated


def says(clerk_id: str, updated_at: int = 1, origin: Origin = Origin.WEBHOOK, **fields) -> Stated:
    return Stated(clerk_id, Record(**fields), updated_at, 0, origin)


def run(*changes, sweep=None):
    with transaction.atomic():
        return apply(changes, organization_id=home().id, now=timezone.now(), sweep=sweep)


def results(*changes, **kwargs):
    return [outcome.result for outcome in run(*changes, **kwargs)]


@pytest.mark.django_db
class TestApply:
    def test_creates_a_person_who_never_signed_in_with_role_and_search_words(self):
        assert results(says("user_a", name="João da Silva", email="j@x.com", role=Role.SDR)) == [Result.CREATED]
        membership = Membership.objects.select_related("user").get(user__clerk_id="user_a")
        assert membership.active
        assert membership.role is Role.SDR
        assert membership.user.name == "João da Silva"
        assert membership.user.last_synced_at is not None
        assert membership.folded_name == "joao da silva"
        assert " silva" in membership.words

    def test_several_changes_of_one_person_in_a_batch_act_in_turn(self):
        assert results(says("user_a", 1, name="Ana"), says("user_a", 2, name="Ana Souza"), Deleted("user_a")) == [
            Result.CREATED,
            Result.UPDATED,
            Result.DEACTIVATED,
        ]
        assert not User.objects.get(clerk_id="user_a").is_active

    def test_what_is_ours_is_never_touched(self):
        run(says("user_a", 1, name="Ana", role=Role.SDR))
        Membership.objects.update(role_set_here="manager", capacity=7, may_own_leads=True)
        run(says("user_a", 2, name="Ana Souza", role=Role.SUPPORT))
        membership = Membership.objects.get()
        assert (membership.role, membership.capacity, membership.may_own_leads) == (Role.MANAGER, 7, True)
        assert membership.directory_role == "support"

    def test_a_profile_edit_without_a_role_falls_back_to_the_default_not_to_the_old_role(self):
        run(says("user_a", 1, name="Ana", role=Role.SDR))
        run(says("user_a", 2, name="Ana"))
        assert Membership.objects.get().role is Role.MEMBER

    def test_a_role_that_nobody_knows_is_stored_beside_the_default_one_until_it_is_known(self):
        run(says("user_a", 1, name="Ana", unknown_role="Admin"))
        membership = Membership.objects.get()
        assert (membership.role, membership.role_source, membership.unknown_role) == (Role.MEMBER, "default", "Admin")
        assert results(says("user_a", 1, name="Ana", unknown_role="Admin")) == [Result.UNCHANGED]
        assert results(says("user_a", 2, name="Ana", unknown_role="Boss")) == [Result.UPDATED]
        assert Membership.objects.get().unknown_role == "Boss"
        assert results(says("user_a", 3, name="Ana", role=Role.ADMIN)) == [Result.UPDATED]
        membership.refresh_from_db()
        assert (membership.role, membership.unknown_role) == (Role.ADMIN, None)
        assert results(says("user_a", 4, name="Ana")) == [Result.UPDATED]
        membership.refresh_from_db()
        assert (membership.role, membership.unknown_role) == (Role.MEMBER, None)

    def test_a_deletion_before_the_creation_keeps_the_person_out_of_every_list(self):
        run(Deleted("user_a"))
        assert not Membership.objects.exists()
        assert results(says("user_a", name="Ana")) == [Result.STALE]
        membership = Membership.objects.select_related("user").get()
        assert not membership.active
        assert membership.user.name == "Ana"

    def test_turning_somebody_off_ends_their_sessions(self):
        run(says("user_a", 1, name="Ana"))
        before = User.objects.get().get_session_auth_hash()
        run(says("user_a", 2, name="Ana", suspended=True))
        assert User.objects.get().get_session_auth_hash() != before

    def test_two_people_with_one_e_mail_stay_two(self):
        run(says("user_a", name="Ana", email="x@x.com"), says("user_b", name="Bia", email="x@x.com"))
        assert User.objects.filter(email="x@x.com").count() == 2

    def test_open_pages_hear_of_changes_and_of_nothing_else(self):
        run(says("user_a", 1, name="Ana"))
        assert Notice.objects.filter(topic="team").count() == 1
        run(says("user_a", 2, name="Ana"))
        assert Notice.objects.filter(topic="team").count() == 1

    def test_a_tie_asks_for_the_truth(self):
        run(says("user_a", 1, name="Ana"))
        run(says("user_a", 1, name="Bia"))
        assert Recheck.objects.get().clerk_id == "user_a"

    def test_a_sweep_marks_whom_it_saw_once(self):
        sweep = uuid.uuid4()
        outcomes = run(says("user_a", name="Ana"), says("user_a", name="Ana"), sweep=sweep)
        assert [outcome.first_seen for outcome in outcomes] == [True, False]
        assert User.objects.get().seen_in_sweep == sweep
        assert [outcome.first_seen for outcome in run(says("user_a", name="Ana"), sweep=sweep)] == [False]

    def test_the_cost_is_the_same_for_one_and_for_a_hundred(self, monkeypatch):
        """Counted where the statements leave: on PostgreSQL they go past Django's cursor, which would count them."""
        home()
        statements: list[str] = []

        def counted(run: Callable[..., rows.Answer]) -> Callable[..., rows.Answer]:
            return lambda sql, *values, **how: statements.append(sql) or run(sql, *values, **how)

        monkeypatch.setattr(rows, "_run", counted(rows._run))
        now = timezone.now()
        fresh = [says(f"user_{number}", int(now.timestamp() * 1000), name="Ana") for number in range(100)]
        # Of whom it is noted as well that they are to be asked for.
        old = [says(f"user_old_{number}", name="Ana") for number in range(100)]
        for batch, cost in ((fresh[:1], 3), (fresh[1:], 3), (old[:1], 4), (old[1:], 4)):
            statements.clear()
            with transaction.atomic():
                apply(batch, organization_id=HOME_ID, now=now)
            assert len(statements) == cost, statements

    def test_a_preview_writes_nothing(self):
        outcomes = preview([says("user_a", name="Ana")], organization_id=home().id)
        assert [outcome.result for outcome in outcomes] == [Result.CREATED]
        assert not User.objects.exists()

    def test_absence_is_undone_by_turning_up(self):
        run(says("user_a", 1, name="Ana"))
        assert results(Absent("user_a")) == [Result.DEACTIVATED]
        since = User.objects.get().absent_since
        run(Absent("user_a"))
        assert User.objects.get().absent_since == since
        assert results(says("user_a", 1, Origin.SWEEP, name="Ana")) == [Result.UPDATED]
        assert Membership.objects.get().active


@pytest.mark.django_db
class TestAgreesWithItsRules:
    @given(
        st.lists(
            st.lists(st.one_of(deliveries, stated(Origin.SWEEP), stated(Origin.FETCH)), min_size=1, max_size=4),
            max_size=6,
        )
    )
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_the_rows_are_what_deciding_one_by_one_gives(self, batches):
        with transaction.atomic():
            self._compare(batches)
            transaction.set_rollback(True)

    def _compare(self, batches):
        states = {}
        for batch in batches:
            run(*batch)
            for change in batch:
                states[change.clerk_id] = decide(states.get(change.clerk_id, UNKNOWN), change).state
        for clerk_id, state in states.items():
            user = User.objects.get(clerk_id=clerk_id)
            assert user.is_active == state.active
            assert user.name == (state.record.name if state.record else "")
            assert (user.deleted_at is not None) == state.deleted
            assert user.version == (str(state.version) if state.record else "")
            memberships = [(m.active, m.directory_role, m.unknown_role) for m in user.memberships.all()]
            record = state.record
            assert memberships == ([(state.active, record.role, record.unknown_role)] if record else [])


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_threads_that_create_the_same_people_in_any_order_make_each_once(self):
        home()
        names = [f"user_{number}" for number in range(20)]
        errors = []

        def work(order):
            try:
                for start in range(0, 20, 5):
                    run(*(says(name, 1, name="Ana") for name in order[start : start + 5]))
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(names[::step],)) for step in (1, -1, 1, -1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors
        assert User.objects.count() == Membership.objects.count() == 20
