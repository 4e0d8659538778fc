from django.urls import path

from leadkeeper.team import form_pages, pages

urlpatterns = [
    path("team", pages.team, name="team"),
    path("team/new", form_pages.new_person, name="new_person"),
    path("team/<uuid:person_id>", form_pages.edit_person, name="edit_person"),
]
