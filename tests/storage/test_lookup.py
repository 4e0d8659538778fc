"""Rows looked up without Django's composing: as Django would have read them."""

import uuid

import pytest
from django.db.models import Model

from leadkeeper.storage.lookup import look_up
from leadkeeper.team.models import Membership, Organization
from tests.conftest import MakePerson

pytestmark = pytest.mark.django_db


def test_a_row_comes_with_those_it_names(person: MakePerson, django_assert_num_queries) -> None:
    theirs, _another = person("sdr", name="🙂"), person("owner")
    Membership.objects.filter(pk=theirs.pk).update(may_own_leads=False, capacity=7, away_until="2026-12-24")
    columns = {"organization_id": theirs.organization_id, "user_id": theirs.user_id}
    with django_assert_num_queries(1):
        found = look_up(Membership, "user", "organization", **columns)
        assert found is not None
        read = (found, found.user, found.organization)
    stored = Membership.objects.select_related("user", "organization").get(**columns)
    for ours, djangos in zip(read, (stored, stored.user, stored.organization), strict=True):
        assert ours == djangos
        assert values_of(ours) == values_of(djangos)


def test_a_row_looked_up_is_one_that_is_stored(organization: Organization) -> None:
    found = look_up(Organization, id=organization.id)
    assert found is not None
    found.name = "Renamed"
    found.save()
    assert [one.name for one in Organization.objects.all()] == ["Renamed"]


def test_none_where_there_is_none(organization: Organization) -> None:
    assert look_up(Organization, id=uuid.uuid4()) is None
    assert look_up(Membership, "user", organization_id=organization.id, user_id=uuid.uuid4()) is None


def values_of(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
