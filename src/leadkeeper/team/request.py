"""A request as pages and API see it."""

from django.http import HttpRequest

from leadkeeper.team.viewer import Viewer


class ViewerRequest(HttpRequest):
    """A request that got past the door: it knows who is asking."""

    viewer: Viewer
