"""What has expired is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from leadkeeper.access.models import IdempotentAnswer, SignInLink
from leadkeeper.access.prune import delete_expired
from leadkeeper.access.sign_in_link import make_link


@pytest.mark.django_db
class TestWhatHasExpired:
    def test_old_rows_go_and_current_ones_stay(self, person, client_of, api):
        client_of(person())
        make_link(person().user)
        api("sdr").post("/api/leads", {}, "application/json", headers={"Idempotency-Key": "a"})
        before = [model.objects.count() for model in (Session, SignInLink, IdempotentAnswer)]
        assert before == [1, 2, 1]
        assert delete_expired() == 0
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
        assert delete_expired() == 4
        assert [model.objects.count() for model in (Session, SignInLink, IdempotentAnswer)] == [0, 0, 0]

    def test_nothing_to_do_writes_nothing(self, db, django_assert_num_queries):
        Client().get("/sign-in")
        with django_assert_num_queries(3):
            delete_expired()
