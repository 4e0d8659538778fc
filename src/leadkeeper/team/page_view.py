"""What every page view shares: its methods, its answers to refusals, and how it talks with htmx."""

import functools
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_http_methods

from leadkeeper.team.errors import NotAllowed, NotFound
from leadkeeper.team.request import ViewerRequest

Rest = ParamSpec("Rest")
View = Callable[Concatenate[ViewerRequest, Rest], HttpResponse]


def page_view(*methods: str) -> Callable[[View[Rest]], Callable[Concatenate[HttpRequest, Rest], HttpResponse]]:
    """A view of a page or a part of one: what is not there is a 404 page, what is not permitted a 403 page.

    A page and its part share an address, so caches are told what tells them apart.
    """

    def decorate(view: View[Rest]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
        @require_http_methods(methods)
        @functools.wraps(view)
        def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)  # type: ignore[arg-type]
            except NotFound as refused:
                raise Http404(str(refused)) from refused
            except NotAllowed as refused:
                raise PermissionDenied(str(refused)) from refused
            patch_vary_headers(response, ["HX-Request"])
            # Scripts ask for parts with `cache: "no-store"`. Were the answer marked so too, Chromium would give up the
            # page around it, instead of showing it again on Back.
            kept = {"no_cache": True} if is_part(request) else {"no_store": True}
            patch_cache_control(response, private=True, **kept)
            return response

        return answer

    return decorate


def is_part(request: HttpRequest) -> bool:
    """Whether a script asks for a part to put into the open page, rather than a browser for a whole page."""
    return request.headers.get("HX-Request") == "true"


def trigger(response: HttpResponse, **events: dict[str, Any]) -> HttpResponse:
    """Raise these events in the page when the answer arrives. (JSON escapes what headers cannot carry.)"""
    response["HX-Trigger"] = json.dumps({name.replace("_", ":"): detail for name, detail in events.items()})
    return response


def flash(request: HttpRequest, text: str, **more: object) -> None:
    """Say this as a toast on the next page."""
    request.session["flashed"] = [{"text": text, **more}]
