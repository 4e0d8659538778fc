from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "leadkeeper.directory"
    label = "directory"
