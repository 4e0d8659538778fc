from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "leadkeeper.web"
    label = "web"
