"""What probes are answered, by whatever address they ask."""

import pytest
from django.db import connection
from django.test import Client

LIVE, READY = "/health/live", "/health/ready"


@pytest.mark.django_db
class TestProbes:
    @pytest.mark.parametrize("path", [LIVE, READY])
    @pytest.mark.parametrize("host", ["10.1.2.3:8000", "leadkeeper-7f9c", "crm.internal", "not a host", "[::ffff", ""])
    def test_any_host_is_answered(self, path, host):
        answer = Client(headers={"host": host}).get(path)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"

    def test_no_other_address_answers_any_host(self):
        assert Client(headers={"host": "evil.example"}).get("/sign-in").status_code == 400

    @pytest.mark.parametrize("path", ["/health", "/health/", "/health/other", "/Health/live", "/health/live/"])
    def test_an_address_beside_them_is_not_found(self, path):
        assert Client().get(path).status_code == 404

    def test_alive_asks_neither_database_nor_session(self, person, client_of, django_assert_num_queries):
        client = client_of(person())
        with django_assert_num_queries(0):
            assert client.get(LIVE).json() == {"status": "alive"}

    def test_ready_tells_of_what_does_not_decide(self):
        told = Client().get(READY).json()
        assert told == {"status": "ready", "database": "ok", "worker": "none", "door": "open", "last_sweep": None}

    def test_a_schema_that_is_behind_is_not_ready(self):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'leads'")
        answer = Client().get(READY)
        assert (answer.status_code, answer.json()["status"]) == (503, "schema is not current")
