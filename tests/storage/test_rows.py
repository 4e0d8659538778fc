"""How the databases run what the door and the sweep live on."""

import pytest
from django.db import DataError, connection, transaction
from django.utils import timezone

from leadkeeper.directory.people.apply import apply
from leadkeeper.directory.people.change import Origin, Record, Stated
from leadkeeper.storage.insert import fewer_trips
from leadkeeper.storage.rows import ask_where, write_rows
from leadkeeper.team.organizations import HOME_ID, home

on_postgresql = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite parses and plans in microseconds")


@pytest.fixture(autouse=True)
def nothing_prepared_yet(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DEALLOCATE ALL")


def prepared():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE NOT from_sql")
        return {" ".join(statement.split()[:3]) for (statement,) in cursor.fetchall()}


def keep(number):
    record = Record(f"Ana {number}", f"ana{number}@example.com")
    now = timezone.now()
    updated_at = int(now.timestamp() * 1000)
    change = Stated(f"user_{number}", record, updated_at, event_at=updated_at, origin=Origin.WEBHOOK)
    with transaction.atomic():
        apply([change], organization_id=HOME_ID, now=now)


@on_postgresql
def test_what_is_written_is_prepared_once_and_what_is_looked_up_is_planned_for_the_table_of_that_moment():
    home()
    for number in range(8):
        keep(number)
    assert prepared() == {"INSERT INTO team_user", "INSERT INTO team_membership"}


@on_postgresql
def test_two_questions_travel_together_and_each_has_its_own_answer():
    home()
    keep(1)
    query = "SELECT name FROM team_user WHERE clerk_id {keys}"
    with transaction.atomic(), fewer_trips():
        first, second = ask_where(query, [], ["user_1"]), ask_where(query, [], ["user_2"])
        assert second() == []
        assert first() == [("Ana 1",)]


def test_without_a_key_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ask_where("SELECT 1 WHERE 'a' {keys}", [], [])() == []


@on_postgresql
def test_an_error_of_the_driver_is_one_of_djangos():
    with pytest.raises(DataError), transaction.atomic():
        write_rows("INSERT INTO directory_arrivedtype (type, first_at) {rows}", "text timestamptz", [("a", "no time")])
