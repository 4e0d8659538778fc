from django.urls import path

from leadkeeper.directory import pages

urlpatterns = [
    path("directory/backfill", pages.backfill, name="backfill"),
]
