"""Whether Clerk can be reached, takes our key, is the instance we mean, and agrees about the time."""

import time
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Final

import httpx
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.clerk.backend_api import API_VERSION
from leadkeeper.clerk.reading import read_json
from leadkeeper.directory import provider
from leadkeeper.directory.labels import reason_label
from leadkeeper.directory.provider import Page, ProviderError, ProviderUnavailable
from leadkeeper.project.findings import Finding, fine, problem, warning

_GIVE_UP_AFTER_S: Final = 3.0
_ANSWER_WITHIN_S: Final = 10.0
# The webhook door refuses what was signed more than 300 s ago.
_SKEW_WARNING_S: Final = 60
_SKEW_PROBLEM_S: Final = 240


class Visit:
    """One visit to Clerk. What it says of its instance is asked once, for the two checks that read it."""

    def key(self) -> Finding:
        """Whether the key may do what a backfill does."""
        if not settings.CLERK_SECRET_KEY:
            return warning(
                _("CLERK_SECRET_KEY is not set: no backfill, and nobody checks the list of people."),
                _("Copy the secret key (sk_…) from Clerk's dashboard."),
            )
        if not _is_key():
            # Whatever it is, perhaps a secret of somebody else's: it is not sent anywhere.
            return problem(
                _("CLERK_SECRET_KEY does not look like one: Clerk's begin with 'sk_'."),
                _("Copy the secret key from Clerk's dashboard."),
            )
        try:
            with provider.current()(give_up_after_s=_GIVE_UP_AFTER_S) as directory:
                people, page = directory.count(), directory.page()
        except ProviderUnavailable as error:
            return problem(
                str(error.__cause__ or error), _("Check CLERK_API_URL and the way there from here, and look again.")
            )
        except ProviderError as error:
            return problem(str(error), _("Copy the secret key again from Clerk's dashboard."))
        if wrong := _wrong_shape(page, people):
            return problem(wrong, _("Check CLERK_API_URL: what answers there is not Clerk, or another version of it."))
        return fine(
            ngettext("Clerk takes the key, and counts %d person.", "Clerk takes the key, and counts %d people.", people)
            % people
        )

    def instance(self) -> Finding:
        """Whether key and CLERK_INSTANCE_ID belong together: else every event would be ignored."""
        wanted = settings.CLERK_INSTANCE_ID
        if wanted and not wanted.startswith("ins_"):
            return problem(
                _("CLERK_INSTANCE_ID does not look like one: Clerk's begin with 'ins_'."),
                _("Copy it from Clerk's dashboard, or unset it."),
            )
        if not settings.CLERK_SECRET_KEY:
            return fine(_("Not compared: there is no key to ask with."))
        actual = self._instance_id
        if not actual:
            return warning(
                _("Clerk does not say to which instance the key belongs."),
                _("Compare CLERK_INSTANCE_ID with Clerk's dashboard."),
            )
        if not wanted:
            return warning(
                _("CLERK_INSTANCE_ID is not set: events of every instance that knows the secret are applied."),
                _("The key belongs to %(id)s: set CLERK_INSTANCE_ID=%(id)s.") % {"id": actual},
            )
        if wanted != actual:
            return problem(
                _("CLERK_INSTANCE_ID is %(wanted)s, but the key belongs to %(actual)s: its events are ignored.")
                % {"wanted": wanted, "actual": actual},
                _("Take both from the same instance in Clerk's dashboard."),
            )
        return fine(_("The key belongs to %s.") % actual)

    def clock(self) -> Finding:
        """Whether our time is Clerk's, to the second of its `Date` header."""
        if not settings.CLERK_SECRET_KEY and not settings.CLERK_WEBHOOK_SECRETS:
            return fine(_("Not compared: nothing connects us with Clerk."))
        if self._skew_s is None:
            return warning(
                _("Not compared: Clerk gave no answer with its time."), _("Check that this machine's clock is right.")
            )
        return judge_skew(self._skew_s)

    @cached_property
    def _answer(self) -> tuple[httpx.Response | None, float]:
        """What Clerk says of its instance, if it answers, and our time in the middle of asking."""
        headers = {"Clerk-API-Version": API_VERSION, "Accept": "application/json"}
        if _is_key():
            headers["Authorization"] = f"Bearer {settings.CLERK_SECRET_KEY}"
        began = time.time()
        try:
            answer = httpx.get(f"{settings.CLERK_API_URL}/v1/instance", headers=headers, timeout=_ANSWER_WITHIN_S)
        except httpx.HTTPError:
            return None, began
        return answer, (began + time.time()) / 2

    @property
    def _instance_id(self) -> str:
        """The id of the instance; empty where Clerk does not say."""
        answer, _asked_at = self._answer
        if answer is None or answer.status_code != 200:
            return ""
        try:
            body = read_json(answer.content)
        except ValueError:
            return ""
        found = body.get("id") if isinstance(body, dict) else None
        return found if isinstance(found, str) and found.startswith("ins_") and len(found) <= 100 else ""

    @property
    def _skew_s(self) -> float | None:
        """By how much we are ahead of Clerk."""
        answer, asked_at = self._answer
        if answer is None:
            return None
        try:
            return asked_at - parsedate_to_datetime(answer.headers["Date"]).timestamp()
        except (KeyError, ValueError, OverflowError):
            return None


def judge_skew(ahead_s: float) -> Finding:
    """What it means to be so many seconds ahead of Clerk, or behind."""
    if abs(ahead_s) <= _SKEW_WARNING_S:
        return fine(_("The clock agrees with Clerk's."))
    sentence = _("The clock is %d s ahead of Clerk's.") if ahead_s > 0 else _("The clock is %d s behind Clerk's.")
    remedy = _("Let the machine set its clock by NTP: webhooks are refused from 300 s on.")
    found = problem if abs(ahead_s) > _SKEW_PROBLEM_S else warning
    return found(sentence % abs(ahead_s), remedy)


def _wrong_shape(page: Page, people: int) -> str:
    """Why the first page cannot be one of Clerk's list of so many people; nothing where it can."""
    if people and not page.rows:
        return (
            ngettext("Clerk counts %d person, and lists nobody.", "Clerk counts %d people, and lists nobody.", people)
            % people
        )
    if page.rows and not page.people:
        return _("Clerk's list of people is unreadable: %s.") % reason_label(page.odd[0].reason)
    return ""


def _is_key() -> bool:
    key = settings.CLERK_SECRET_KEY
    return bool(key.startswith("sk_") and key.isascii() and key.isprintable() and " " not in key)
