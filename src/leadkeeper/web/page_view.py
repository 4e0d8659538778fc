"""What every page view shares: its methods, its answers to refusals, and how it talks with htmx."""

import functools
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from leadkeeper.storage.errors import NotAllowed, NotFound

Rest = ParamSpec("Rest")
Request = TypeVar("Request", bound=HttpRequest)


def page_view(
    *methods: str,
) -> Callable[
    [Callable[Concatenate[Request, Rest], HttpResponse]], Callable[Concatenate[HttpRequest, Rest], HttpResponse]
]:
    """A view of a page or a part of one: what is not there is a 404 page, what is not permitted a 403 page.

    A page and its part share an address, so caches are told what tells them apart.
    """

    def decorate(
        view: Callable[Concatenate[Request, Rest], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
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
