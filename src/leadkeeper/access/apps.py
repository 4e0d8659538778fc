from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "leadkeeper.access"
    label = "access"
