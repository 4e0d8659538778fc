from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "leadkeeper.project"
    label = "project"
