from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "leadkeeper.live"
    label = "live"
