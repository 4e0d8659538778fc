"""What a browser is told that comes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leadkeeper.live.announce import announce
from leadkeeper.live.missed import missed
from leadkeeper.live.models import Notice
from leadkeeper.live.outbox import EVERYTHING, MOST_TOPICS


def written(organization, *topics):
    """The ids of notices just written."""
    announce(organization.id, topics)
    return list(Notice.objects.order_by("-id").values_list("id", flat=True)[: len(topics)])[::-1]


def everything_missed(organization, last_heard, position):
    """By somebody who hears of all leads."""
    return missed((organization.id, None), last_heard, position, hears_all=True)


@pytest.mark.django_db
class TestMissed:
    def test_everything_after_the_last_it_heard_each_topic_once(self, organization):
        first, _, leads, team = written(organization, "team", "team", "leads", "team")
        assert everything_missed(organization, first, team) == [("leads", leads), ("team", team)]

    def test_nothing_when_it_heard_all(self, organization):
        (last,) = written(organization, "team")
        assert everything_missed(organization, last, last) == []

    def test_ids_given_on_stay_behind_what_may_still_come(self, organization):
        first, second, third = written(organization, "team", "leads", "directory")
        assert everything_missed(organization, first, second) == [("leads", second), ("directory", second)]
        assert third > second

    def test_another_organizations_notices_do_not_exist(self, organization, other_organization):
        (first,) = written(organization, "team")
        (last,) = written(other_organization, "leads")
        assert everything_missed(organization, first, last) == []

    def test_gone_already_is_everything(self, organization):
        first, _, last = written(organization, "team", "leads", "team")
        Notice.objects.exclude(id=last).delete()
        assert everything_missed(organization, first, last) == [(EVERYTHING, last)]
        Notice.objects.all().delete()
        assert everything_missed(organization, first, last) == [(EVERYTHING, last)]

    def test_only_others_gone_is_no_loss(self, organization):
        first, second, last = written(organization, "team", "leads", "team")
        Notice.objects.filter(id=first).delete()
        assert everything_missed(organization, first, last) == [("leads", second), ("team", last)]

    @pytest.mark.parametrize("last_heard", [-1, 10**17])
    def test_an_id_that_was_never_given_is_everything(self, organization, last_heard):
        (last,) = written(organization, "team")
        assert everything_missed(organization, last_heard, last) == [(EVERYTHING, last)]

    def test_an_empty_table_has_lost_nothing_to_whoever_stands_where_we_do(self, organization):
        assert everything_missed(organization, 0, 0) == []

    def test_too_many_topics_are_everything(self, organization):
        ids = written(organization, "team", *(f"lead:{number}" for number in range(MOST_TOPICS + 1)))
        assert everything_missed(organization, ids[0], ids[-1]) == [(EVERYTHING, ids[-1])]

    def test_a_page_just_loaded_hears_what_happened_while_it_was_on_the_way(self, organization):
        written(organization, "old")
        Notice.objects.update(at=timezone.now() - timedelta(seconds=6))
        (last,) = written(organization, "team")
        assert everything_missed(organization, None, last) == [("team", last)]
