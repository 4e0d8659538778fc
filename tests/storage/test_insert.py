"""Rows stored without waiting for each."""

import pytest
from django.db import IntegrityError, transaction

from leadkeeper.storage.insert import fewer_trips, insert, insert_unless_there
from leadkeeper.team.models import Organization
from leadkeeper.team.organizations import home

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_is_as_django_would_have_stored_it():
    plain = Organization(name="Plain")
    insert(plain)
    stored = Organization.objects.get(name="Plain")
    assert stored == plain
    assert {field.attname: getattr(stored, field.attname) for field in Organization._meta.concrete_fields} == {
        field.attname: getattr(plain, field.attname) for field in Organization._meta.concrete_fields
    }


def test_a_row_is_saved_and_not_stored_again_later():
    plain = Organization(name="Plain")
    insert(plain)
    plain.name = "Renamed"
    plain.save()
    assert Organization.objects.filter(name="Renamed").count() == 1


def test_one_that_is_there_keeps_another_out_and_the_transaction_goes_on():
    with transaction.atomic(), fewer_trips():
        first = insert_unless_there(Organization(id=home().id, name="Another"))
        second = insert_unless_there(Organization(name="New"))
        assert [first, second] == [False, True]
    assert set(Organization.objects.values_list("name", flat=True)) == {home().name, "New"}


def test_what_went_wrong_is_known_before_the_transaction_ends():
    committed = []
    with pytest.raises(IntegrityError):
        _insert_a_second(home().id, on_commit=lambda: committed.append(True))
    assert not committed
    assert Organization.objects.count() == 1


def _insert_a_second(id_, *, on_commit):
    with transaction.atomic():
        transaction.on_commit(on_commit)
        with fewer_trips():
            insert(Organization(id=id_, name="Another"))
