from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "leadkeeper.team"
    label = "team"
