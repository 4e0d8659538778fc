import pytest
from django.conf import settings

from leadkeeper.project.checks import postgresql


@pytest.mark.django_db
@pytest.mark.skipif(settings.ENVIRONMENT.is_sqlite, reason="of PostgreSQL")
class TestTheServer:
    def test_answers_with_its_version(self):
        finding = postgresql.database()
        assert finding.status == "ok"
        assert finding.detail.startswith("PostgreSQL 1")

    def test_counts_its_connections(self):
        finding = postgresql.connections()
        assert finding.status == "ok"
        assert "0 of" not in finding.detail


class TestVersions:
    @pytest.mark.parametrize(
        ("version", "status", "name"),
        [(140019, "problem", "14.19"), (150000, "ok", "15.0"), (150004, "ok", "15.4"), (180000, "ok", "18.0")],
    )
    def test_from_15_on(self, version, status, name):
        finding = postgresql.judge_version(version)
        assert (finding.status, name in finding.detail) == (status, True)


class TestConnections:
    @pytest.mark.parametrize(
        ("used", "status"), [(1, "ok"), (79, "ok"), (80, "warning"), (94, "warning"), (95, "problem")]
    )
    def test_by_what_is_taken(self, used, status):
        finding = postgresql.judge_connections(used=used, allowed=100)
        assert (finding.status, f"{used} of 100" in finding.detail) == (status, True)
