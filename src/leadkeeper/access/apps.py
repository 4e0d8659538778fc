from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "leadkeeper.access"
    label = "access"

    def ready(self) -> None:
        from leadkeeper.access.keys import keep_keys
        from leadkeeper.team.signals import people_linked

        people_linked.connect(keep_keys)
