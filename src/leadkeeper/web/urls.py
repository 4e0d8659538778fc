from django.urls import path

from leadkeeper.web import pages

urlpatterns = [
    path("style", pages.style, name="style"),
]
