from django.urls import path

from leadkeeper.access import pages

urlpatterns = [
    path("sign-in", pages.sign_in, name="sign_in"),
    path("sign-in/link/<str:token>", pages.sign_in_by_link, name="sign_in_link"),
    path("sign-out", pages.sign_out, name="sign_out"),
    path("language", pages.set_language, name="set_language"),
]
