"""When the CSRF cookie is sent."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class CsrfCookieMiddleware:
    """Sends the CSRF cookie to browsers that do not have it; stands right after CsrfViewMiddleware.

    Django sends it with every page, to renew its year. A browser that was told not to store a page shows it again on
    Back only where no cookie was set since, so each page would cost the one before. Signing in makes a new cookie
    anyway, and no session lasts as long as one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        if request.META.get("CSRF_COOKIE") == request.COOKIES.get(settings.CSRF_COOKIE_NAME):
            request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
        return answer
