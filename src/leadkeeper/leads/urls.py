from django.urls import path

from leadkeeper.leads import form_pages, offer_pages, pages, possible_duplicate_pages, queue_pages
from leadkeeper.leads.departures import pages as departure_pages
from leadkeeper.leads.lists import pages as list_pages
from leadkeeper.leads.notifications import pages as notification_pages
from leadkeeper.leads.transfers import pages as transfer_pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("leads", pages.leads, name="leads"),
    path("leads/new", form_pages.new_lead, name="new_lead"),
    path("leads/known", form_pages.known, name="known_lead"),
    path("leads/people", offer_pages.people_to_choose, name="people_to_choose"),
    path("leads/recent", list_pages.recent, name="recent"),
    path("leads/views/new", list_pages.new_view, name="new_view"),
    path("leads/views/<uuid:view_id>", list_pages.edit_view, name="edit_view"),
    path("leads/views/<uuid:view_id>/filters", list_pages.update_view_filters, name="update_view"),
    path("leads/unassigned", queue_pages.unassigned, name="unassigned"),
    path("leads/unassigned/next", queue_pages.take_next_lead, name="take_next"),
    path("leads/duplicates", possible_duplicate_pages.possible_duplicate_leads, name="possible_duplicates"),
    path("leads/transfer", transfer_pages.transfer_leads, name="transfer"),
    path("leads/transfers", transfer_pages.transfers, name="transfers"),
    path("leads/transfers/<uuid:batch_id>", transfer_pages.batch, name="batch"),
    path("leads/transfers/<uuid:batch_id>/undo", transfer_pages.undo, name="undo_batch"),
    path("leads/transfers/<uuid:batch_id>/try-again", transfer_pages.try_again, name="try_batch_again"),
    path("leads/<uuid:lead_id>", pages.lead, name="lead"),
    path("leads/<uuid:lead_id>/claim", queue_pages.claim_lead, name="claim"),
    path("leads/<uuid:lead_id>/edit", form_pages.edit_lead, name="edit_lead"),
    path("leads/<uuid:lead_id>/responsible", pages.responsible, name="responsible"),
    path("leads/<uuid:lead_id>/responsible/note", pages.explain_change, name="explain_change"),
    path("leads/<uuid:lead_id>/responsible/undo", pages.undo_responsible, name="undo_responsible"),
    path("leads/<uuid:lead_id>/delete", pages.delete_lead, name="delete_lead"),
    path("leads/<uuid:lead_id>/distinct", possible_duplicate_pages.confirm_distinct_lead, name="confirm_distinct"),
    path("leads/<uuid:lead_id>/ask", notification_pages.ask_for_lead, name="ask_for_lead"),
    path("departures", departure_pages.departures, name="departures"),
    path("departures/<uuid:case_id>/queue", departure_pages.departure_to_queue, name="departure_to_queue"),
    path("departures/<uuid:case_id>/leave", departure_pages.leave_departure, name="leave_departure"),
    path("departures/<uuid:case_id>/give-back", departure_pages.give_back_departure, name="give_back_departure"),
    path("notifications", notification_pages.notifications, name="notifications"),
    path("notifications/counts", notification_pages.counts, name="notification_counts"),
    path("notifications/read", notification_pages.read_notifications, name="read_notifications"),
    path("notifications/settings", notification_pages.notification_settings, name="notification_settings"),
    path("notifications/<uuid:notification_id>", notification_pages.notification, name="notification"),
]
