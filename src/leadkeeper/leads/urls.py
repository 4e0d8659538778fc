from django.urls import path

from leadkeeper.leads import form_pages, pages

urlpatterns = [
    path("leads", pages.leads, name="leads"),
    path("leads/new", form_pages.new_lead, name="new_lead"),
    path("leads/known", form_pages.known_lead, name="known_lead"),
    path("leads/<uuid:lead_id>", pages.lead, name="lead"),
    path("leads/<uuid:lead_id>/edit", form_pages.edit_lead, name="edit_lead"),
    path("leads/<uuid:lead_id>/responsible", pages.responsible, name="responsible"),
    path("leads/<uuid:lead_id>/responsible/undo", pages.undo_responsible, name="undo_responsible"),
    path("leads/<uuid:lead_id>/delete", pages.delete_lead, name="delete_lead"),
]
