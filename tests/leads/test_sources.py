"""Where a lead came from: one of a fixed list, and the campaign beside it."""

from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from leadkeeper.leads.choices import Source
from leadkeeper.leads.models import Lead
from leadkeeper.team.organizations import home
from tests.leads.conftest import MakeLead

MARINA = {"name": "Marina Lopes", "phone": "(11) 98765-4321"}


@pytest.mark.django_db
class TestChoice:
    @pytest.mark.parametrize("language", ["en", "pt-br"])
    @pytest.mark.parametrize("unknown", ["Landing page of May", "WhatsApp", "x" * 61])
    def test_an_unknown_one_is_refused_with_those_there_are(
        self, api: Callable[..., Client], lead: MakeLead, unknown: str, language: str
    ) -> None:
        client, headers = api(), {"accept-language": language}
        kept = lead()
        answers = [
            client.post("/api/leads", {**MARINA, "source": unknown}, "application/json", headers=headers),
            client.patch(f"/api/leads/{kept.pk}", {"source": unknown}, "application/json", headers=headers),
            client.get("/api/leads", {"source": unknown}, headers=headers),
        ]
        for answer in answers:
            assert answer.status_code == 422
            (error,) = answer.json()["errors"]
            assert error["field"] == "source"
            assert all(source in error["message"] for source in Source.values)
            assert ("Escolha" in error["message"]) == (language == "pt-br")
        assert Lead.objects.get() == kept

    def test_the_campaign_says_the_rest(self, api: Callable[..., Client]) -> None:
        sent = {**MARINA, "source": "landing_page", "campaign": "  Page of\tMay "}
        made = api().post("/api/leads", sent, "application/json").json()
        assert (made["source"], made["campaign"]) == ("landing_page", "Page of May")
        changed = api().patch(f"/api/leads/{made['id']}", {"campaign": None}, "application/json").json()
        assert (changed["source"], changed["campaign"]) == ("landing_page", None)
        long = api().patch(f"/api/leads/{made['id']}", {"campaign": "x" * 201}, "application/json")
        assert [error["field"] for error in long.json()["errors"]] == ["campaign"]


class TestMigration:
    BEFORE, AFTER = "0013_phone_and_extension_once", "0014_sources_and_campaign"

    @pytest.fixture
    def before(self, transactional_db: None) -> Iterator[None]:
        call_command("migrate", "leads", self.BEFORE, verbosity=0)
        yield
        call_command("migrate", verbosity=0)

    def stored(self, *columns: str) -> list[tuple[str, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)} FROM leads_lead ORDER BY name")
            return [tuple(row) for row in cursor.fetchall()]

    def store(self, *sources: str) -> None:
        """As the product before the migration stored them."""
        organization = home()
        with connection.cursor() as cursor:
            for number, source in enumerate(sources):
                columns = {
                    "id": f"{number:032x}",
                    "organization_id": organization.pk.hex,
                    "name": f"{number:02}",
                    "source": source,
                    "stage": "novo",
                    **dict.fromkeys(
                        ("phone", "phone_extension", "email", "folded_email", "temperature", "message", "words"), ""
                    ),
                    "version": 1,
                    "created_at": "2026-11-01 12:00:00",
                    "updated_at": "2026-11-01 12:00:00",
                }
                places = ", ".join(["%s"] * len(columns))
                cursor.execute(
                    f"INSERT INTO leads_lead ({', '.join(columns)}) VALUES ({places})", list(columns.values())
                )

    @pytest.mark.usefixtures("before")
    def test_what_was_stored_is_kept_and_comes_back(self) -> None:
        self.store("", "evento", "Evento", "Landing-Page", "INDICAÇÃO", "Feira de Recife", "x" * 60)
        call_command("migrate", "leads", self.AFTER, verbosity=0)
        assert self.stored("source", "campaign") == [
            ("", ""),
            ("evento", ""),
            ("evento", ""),
            ("landing_page", ""),
            ("indicacao", ""),
            ("outro", "Feira de Recife"),
            ("outro", "x" * 60),
        ]
        call_command("migrate", "leads", self.BEFORE, verbosity=0)
        expected = ["", "evento", "evento", "landing_page", "indicacao", "Feira de Recife", "x" * 60]
        assert [source for (source,) in self.stored("source")] == expected
