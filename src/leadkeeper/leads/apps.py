from typing import Any

from django.apps import AppConfig
from django.db import connections


class LeadsConfig(AppConfig):
    name = "leadkeeper.leads"
    label = "leads"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from leadkeeper.leads.departures.cases import note_return, open_cases
        from leadkeeper.leads.follow_link import move_leads
        from leadkeeper.leads.load import open_leads
        from leadkeeper.team.signals import people_departed, people_linked, people_returned
        from leadkeeper.team.workload import count_open_leads_with

        count_open_leads_with(open_leads)
        people_linked.connect(move_leads)
        people_departed.connect(open_cases)
        people_returned.connect(note_return)
        post_migrate.connect(_renew_search_triggers, sender=self)


def _renew_search_triggers(sender: object, *, using: str, **signal: Any) -> None:
    from leadkeeper.leads.search.word_index import renew_triggers

    renew_triggers(connections[using])
