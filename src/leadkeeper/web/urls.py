from django.urls import path

from leadkeeper.web import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("style", pages.style, name="style"),
]
