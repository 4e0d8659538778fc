from django.urls import path

from leadkeeper.directory.pages import backfill as pages
from leadkeeper.directory.pages import directory as directory_page

urlpatterns = [
    path("directory", directory_page.directory, name="directory"),
    path("directory/deliveries", directory_page.list_deliveries, name="directory_deliveries"),
    path("directory/deliveries/<uuid:delivery_id>", directory_page.show_delivery, name="delivery"),
    path("directory/deliveries/<uuid:delivery_id>/replay", directory_page.replay, name="replay_delivery"),
    path("directory/backfill", pages.backfill, name="backfill"),
]
