from django.urls import path

from leadkeeper.access import key_pages, pages

urlpatterns = [
    path("sign-in", pages.sign_in, name="sign_in"),
    path("sign-in/link/<str:token>", pages.sign_in_by_link, name="sign_in_link"),
    path("sign-out", pages.sign_out, name="sign_out"),
    path("language", pages.set_language, name="set_language"),
    path("settings/keys", key_pages.api_keys, name="api_keys"),
    path("settings/keys/new", key_pages.new_api_key, name="new_api_key"),
    path("settings/keys/<uuid:key_id>/revoke", key_pages.end_api_key, name="end_api_key"),
]
