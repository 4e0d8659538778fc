from django.urls import path

from leadkeeper.team import pages

urlpatterns = [
    path("team", pages.team, name="team"),
]
