"""Signing in and out, and the language one reads."""

import logging
from typing import Final

from django.conf import settings
from django.contrib.auth import login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadkeeper.access.own_path import own_path
from leadkeeper.access.sign_in_link import LinkRefused, person_of_link, redeem
from leadkeeper.live.announce import announce_signed_out
from leadkeeper.team.models import User
from leadkeeper.team.viewer import Viewer

_LANGUAGE_KEPT_S: Final = 365 * 24 * 3600
logger = logging.getLogger(__name__)


@require_GET
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """How to get in; whoever is in already goes on."""
    if _viewer(request) is not None:
        return HttpResponseRedirect(_local_path(request.GET.get("next")))
    return render(request, "access/sign_in.html", {"refusal": ""})


@require_http_methods(["GET", "POST"])
@never_cache
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask by a button whether to enter as the person of a one-time link; pressing it uses the link up.

    What only opens links, such as the preview of a chat, uses up none. Whoever was signed in before in this browser
    is no more.
    """
    try:
        answer = _enter(request, token) if request.method == "POST" else _ask_to_enter(request, token)
    except LinkRefused as refused:
        logger.warning(
            "sign-in link refused",
            extra={"why": refused.why, "person": refused.person_id, "address": request.META.get("REMOTE_ADDR")},
        )
        answer = render(request, "access/sign_in.html", {"refusal": str(refused)}, status=410)
    # The address holds a secret: it goes to no other site as a referrer.
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _ask_to_enter(request: HttpRequest, token: str) -> HttpResponse:
    return render(request, "access/enter.html", {"person": person_of_link(token)})


def _enter(request: HttpRequest, token: str) -> HttpResponse:
    with transaction.atomic():
        user = redeem(token)
        # Django keeps the session where the same person signs in again: whoever knows the old one would know the new.
        request.session.flush()
        login(request, user)
    answer = HttpResponseRedirect("/", status=303)
    if user.language:
        _remember_language(answer, user.language)
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and the browser's open stream with it."""
    viewer = _viewer(request)
    logout(request)
    if viewer is not None and viewer.person_id is not None:
        announce_signed_out(viewer.organization_id, viewer.person_id)
    return HttpResponseRedirect(reverse("sign_in"), status=303)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Read in another language from now on, in this browser and wherever the person signs in next."""
    back = request.POST.get("next") or own_path(request.headers.get("Referer", ""))
    answer = HttpResponseRedirect(_local_path(back), status=303)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        _remember_language(answer, language)
        viewer = _viewer(request)
        if viewer is not None and viewer.person_id is not None:
            User.objects.filter(id=viewer.person_id).update(language=language)
    return answer


def _viewer(request: HttpRequest) -> Viewer | None:
    viewer: Viewer | None = request.viewer  # type: ignore[attr-defined]
    return viewer


def _remember_language(answer: HttpResponse, language: str) -> None:
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_LANGUAGE_KEPT_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _local_path(path: str | None) -> str:
    """The path where it leads to a page of ours, else the first page: nobody is sent to another site."""
    if path and path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return "/"
