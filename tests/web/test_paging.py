from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadkeeper.leads.models import Lead
from leadkeeper.leads.search.newest import NEWEST_FIRST
from leadkeeper.storage.errors import Invalid
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.people import BY_NAME
from leadkeeper.web.paging import Order, page

pytestmark = pytest.mark.django_db
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def walk(rows: object, order: Order, limit: int) -> list[object]:
    """The ids of all rows, page after page."""
    seen: list[object] = []
    cursor: str | None = None
    while True:
        found = page(rows, order, limit=limit, cursor=cursor)  # type: ignore[type-var, arg-type, var-annotated]
        assert len(found.rows) <= limit
        seen += [row.pk for row in found.rows]
        cursor = found.next
        if cursor is None:
            return seen
        assert found.rows


class TestEveryRowOnce:
    @EXAMPLES
    @given(
        names=st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4), max_size=9
        ),
        limit=st.integers(1, 4),
    )
    def test_by_name(self, db: None, names: list[str], limit: int) -> None:
        organization = Organization.objects.create(name="Of this example")
        for number, name in enumerate(names):
            user = User.objects.create(username=f"{organization.pk.hex}-{number}", name=name)
            Membership.objects.create(organization=organization, user=user, folded_name=name)
        people = Membership.objects.filter(organization=organization)

        assert walk(people, BY_NAME, limit) == [each.pk for each in people.order_by("folded_name", "user_id")]

    @EXAMPLES
    @given(moments=st.lists(st.integers(0, 3), max_size=9), limit=st.integers(1, 4))
    def test_newest_first_where_many_came_at_one_moment(self, db: None, moments: list[int], limit: int) -> None:
        organization = Organization.objects.create(name="Of this example")
        start = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
        for moment in moments:
            at = start + timedelta(microseconds=moment)
            Lead.objects.create(organization=organization, name="Lead", created_at=at)
        leads = Lead.objects.filter(organization=organization)

        assert walk(leads, NEWEST_FIRST, limit) == [each.pk for each in leads.order_by("-created_at", "-id")]


class TestCursors:
    @given(cursor=st.text(min_size=1, max_size=80))
    @EXAMPLES
    def test_whatever_else_is_sent_is_refused(self, db: None, cursor: str) -> None:
        with pytest.raises(Invalid, match="not a cursor"):
            page(Lead.objects.all(), NEWEST_FIRST, limit=1, cursor=cursor)
