from typing import Any

from django.apps import AppConfig
from django.apps import apps as current_apps
from django.db.models.signals import post_migrate


class TeamConfig(AppConfig):
    name = "leadkeeper.team"
    label = "team"

    def ready(self) -> None:
        # As Django fills its own tables: whenever the schema has been made, the organization is there.
        post_migrate.connect(_make_home, sender=self)


def _make_home(using: str, apps: Any = current_apps, **kwargs: Any) -> None:
    """Make the local organization, where the schema just made has a place for it."""
    from leadkeeper.team.organizations import HOME_ID, HOME_NAME

    try:
        organizations = apps.get_model("team", "Organization")
    except LookupError:
        return
    organizations.objects.using(using).get_or_create(id=HOME_ID, defaults={"name": HOME_NAME})
