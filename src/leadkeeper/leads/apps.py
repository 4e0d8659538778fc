from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leadkeeper.leads"
    label = "leads"

    def ready(self) -> None:
        from leadkeeper.leads.follow_link import move_leads
        from leadkeeper.team.signals import people_linked

        people_linked.connect(move_leads)
