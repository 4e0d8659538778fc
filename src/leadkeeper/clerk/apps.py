from django.apps import AppConfig


class ClerkConfig(AppConfig):
    name = "leadkeeper.clerk"
    label = "clerk"
