"""Every address of the product, except the native doors of `asgi.py`, `/clerk/users` and `/live`, and `/health/…`."""

from django.urls import include, path

from leadkeeper.project.api import api

urlpatterns = [
    # First, since programs ask more often than people, and each pattern before would be tried.
    path("api/", api.urls),
    path("", include("leadkeeper.web.urls")),
    path("", include("leadkeeper.access.urls")),
    path("", include("leadkeeper.team.urls")),
    path("", include("leadkeeper.leads.urls")),
    path("", include("leadkeeper.directory.urls")),
]

handler403 = "leadkeeper.web.pages.forbidden"
handler404 = "leadkeeper.web.pages.not_found"
handler500 = "leadkeeper.web.pages.server_error"
