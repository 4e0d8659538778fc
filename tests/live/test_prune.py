"""Notices are forgotten after an hour."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leadkeeper.live.announce import announce
from leadkeeper.live.models import Notice
from leadkeeper.live.prune import delete_old_notices


@pytest.mark.django_db
class TestOldNotices:
    def test_the_old_go_and_the_new_stay(self, organization):
        announce(organization.id, ["old"])
        Notice.objects.update(at=timezone.now() - timedelta(minutes=61))
        announce(organization.id, ["new"])
        assert delete_old_notices() == 1
        assert Notice.objects.get().topic == "new"

    def test_a_lot_goes_in_several_steps(self, organization):
        announce(organization.id, (f"lead:{number}" for number in range(1500)))
        Notice.objects.update(at=timezone.now() - timedelta(hours=2))
        assert delete_old_notices() == 1000
        assert delete_old_notices() == 500

    def test_nothing_to_do_writes_nothing(self, organization, django_assert_num_queries):
        announce(organization.id, ["new"])
        with django_assert_num_queries(1):
            assert delete_old_notices() == 0
