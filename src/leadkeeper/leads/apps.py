from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leadkeeper.leads"
    label = "leads"
