from django.urls import path

from leadkeeper.team import away_pages, form_pages, pages, settings_pages

urlpatterns = [
    path("team", pages.team, name="team"),
    path("team/new", form_pages.new_person, name="new_person"),
    path("team/away", away_pages.away, name="away"),
    path("team/<uuid:person_id>", form_pages.edit_person, name="edit_person"),
    path("settings", settings_pages.settings, name="settings"),
]
