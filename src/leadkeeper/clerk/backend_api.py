"""Clerk's Backend API as a directory: every user page by page, counted, or by id. It never changes anything there."""

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar
from urllib.parse import quote, urlencode

import httpx
from django.conf import settings

from leadkeeper.clerk import deliveries, translate
from leadkeeper.clerk.reading import Json, read_json
from leadkeeper.clerk.translate import NoSense
from leadkeeper.directory.people.change import Deleted, Origin, Stated
from leadkeeper.directory.provider import (
    MOST_IDS,
    CursorGone,
    CursorRefused,
    NotConfigured,
    Odd,
    Page,
    ProviderRefuses,
    ProviderUnavailable,
)
from leadkeeper.directory.sentence import Sentence
from leadkeeper.directory.sentence import gettext as _

API_VERSION: Final = "2026-05-12"
PAGE_ROWS: Final = 500
# Without one success for this long, a call gives up.
GIVE_UP_AFTER_S: Final = 60.0
ANSWER_WITHIN_S: Final = 20.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 10.0
_OLDEST_FIRST: Final = ("order_by", "+created_at")
_LAST_CHANGED_FIRST: Final = ("order_by", "-updated_at")

logger = logging.getLogger(__name__)
Query = Sequence[tuple[str, str | int]]
Meaning = TypeVar("Meaning")


class _Passing(Exception):
    """A trouble that may be over at the next try; `wait_s` when Clerk said after how long."""

    def __init__(self, sentence: Sentence, *, wait_s: float = 0, trace_id: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.wait_s = wait_s
        self.trace_id = trace_id


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer of Clerk, understood as far as being JSON; `body` is None when it was none."""

    status: int
    body: Json
    wait_s: float

    @property
    def trace_id(self) -> str:
        """What Clerk's support asks for."""
        found = self.body.get("clerk_trace_id") if isinstance(self.body, dict) else None
        return found[:100] if isinstance(found, str) else ""

    def says(self, code: str) -> bool:
        """Whether it is an error of Clerk's with this code: not merely some proxy's with the same status."""
        errors = self.body.get("errors") if isinstance(self.body, dict) else None
        return isinstance(errors, list) and any(
            isinstance(error, dict) and error.get("code") == code for error in errors
        )


class ClerkDirectory:
    """The users of one Clerk instance. Passing troubles are waited out; what is raised is final."""

    read_again = staticmethod(deliveries.read_again)

    def __init__(
        self,
        *,
        give_up_after_s: float = GIVE_UP_AFTER_S,
        answer_within_s: float = ANSWER_WITHIN_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.require_configured()
        self._give_up_after_s = give_up_after_s
        self._clock = clock
        # Whoever closes the directory does not wait for a pause to be over.
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self._http = httpx.Client(
            headers={
                "Authorization": f"Bearer {settings.CLERK_SECRET_KEY}",
                "Clerk-API-Version": API_VERSION,
                "Accept": "application/json",
            },
            timeout=httpx.Timeout(answer_within_s, connect=min(5, answer_within_s)),
            follow_redirects=False,
        )

    @staticmethod
    def require_configured() -> None:
        key = settings.CLERK_SECRET_KEY
        if not key:
            raise NotConfigured(_("Clerk cannot be asked for its people: CLERK_SECRET_KEY is not set."))
        if not key.isascii() or not key.isprintable() or " " in key:
            raise NotConfigured(_("CLERK_SECRET_KEY holds characters that no key has."))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._closed.set()
        self._http.close()

    def count(self) -> int:
        return self._get("/users/count", understand=_total)

    def page(self, *, after: str = "", offset: int = 0) -> Page:
        query: list[tuple[str, str | int]] = [("limit", PAGE_ROWS), _OLDEST_FIRST]
        if after:
            query.append(("starting_after", after))
        elif offset:
            query.append(("offset", offset))

        def understand(answer: _Answer) -> Page:
            if after and answer.status == 422:
                raise CursorRefused(_("Clerk does not know the cursor 'starting_after'."))
            if after and answer.status == 404:
                raise CursorGone(_("The person at which the list was to go on is gone."))
            return _page(answer, Origin.SWEEP)

        return self._get("/users", query, understand=understand)

    def newest(self, *, offset: int = 0) -> Page:
        query: Query = [("limit", PAGE_ROWS), _LAST_CHANGED_FIRST, *([("offset", offset)] if offset else [])]
        return self._get("/users", query, understand=lambda answer: _page(answer, Origin.SWEEP))

    def people_by_id(self, ids: Sequence[str]) -> Page:
        query: Query = [("limit", MOST_IDS), *(("user_id", one) for one in ids)]
        page = self._get("/users", query, understand=lambda answer: _page(answer, Origin.FETCH))
        if not page.ids <= set(ids):
            raise ProviderRefuses(_("Clerk was asked for some people by id and answered with others."))
        return page

    def person(self, clerk_id: str) -> Stated | Deleted:
        def understand(answer: _Answer) -> Stated | Deleted:
            if answer.status == 404 and answer.says("resource_not_found"):
                return Deleted(clerk_id)
            try:
                stated = translate.person(_body(answer), event_at=0, origin=Origin.FETCH)
            except NoSense as error:
                raise ProviderRefuses(_("Clerk's answer is unreadable: %(problem)s", problem=str(error))) from error
            if stated.clerk_id != clerk_id:
                raise ProviderRefuses(_("Clerk was asked for some people by id and answered with others."))
            return stated

        return self._get(f"/users/{quote(clerk_id, safe='')}", understand=understand)

    def _get(self, path: str, query: Query = (), *, understand: Callable[[_Answer], Meaning]) -> Meaning:
        """What `understand` makes of the answer; passing troubles are tried again until it is time to give up."""
        began = self._clock()
        for attempt in itertools.count():
            try:
                return understand(self._ask(path, query))
            except _Passing as trouble:
                pause = trouble.wait_s or _pause(attempt)
                waited = self._clock() - began
                given_up = waited + pause > self._give_up_after_s
                logger.warning(
                    "clerk did not answer well",
                    extra={
                        "path": path,
                        "problem": trouble,
                        "clerk_trace_id": trouble.trace_id,
                        "attempt": attempt + 1,
                        "next_try_s": None if given_up else round(pause, 1),
                    },
                )
                if given_up:
                    raise ProviderUnavailable(
                        _("Gave up after %(seconds)d s: %(problem)s", seconds=int(waited), problem=trouble.sentence)
                    ) from trouble
                self._sleep(pause)
        raise AssertionError("counting does not end")

    def _ask(self, path: str, query: Query) -> _Answer:
        # Written out by hand, so that the plus of `+created_at` travels as %2B.
        url = f"{settings.CLERK_API_URL}/v1{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            response = self._http.get(url)
        except httpx.TimeoutException as error:
            raise _Passing(_("Clerk did not answer in time.")) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Passing(_("Clerk cannot be reached (%(problem)s).", problem=type(error).__name__)) from error
        try:
            body = read_json(response.content)
        except ValueError:
            body = None
        return _Answer(response.status_code, body, _retry_after(response.headers.get("Retry-After", "")))


def _pause(attempt: int) -> float:
    """Growing, and never the same for two who were turned away together."""
    longest: float = min(_FIRST_PAUSE_S * 2**attempt, _LONGEST_PAUSE_S)
    return longest * random.uniform(0.5, 1)  # noqa: S311


def _retry_after(value: str) -> float:
    """The seconds of a Retry-After header; 0 when it does not say."""
    return float(value) if value.isascii() and value.isdecimal() and len(value) <= 6 else 0


def _body(answer: _Answer) -> Json:
    """The body of a good answer. Raises what any other means."""
    if answer.status == 200:
        if answer.body is None:
            raise _Passing(_("Clerk's answer is not JSON."))
        return answer.body
    if answer.status == 429:
        raise _Passing(_("Clerk asked us to come back later (429)."), wait_s=answer.wait_s, trace_id=answer.trace_id)
    if answer.status >= 500 or answer.status in (408, 425):
        sentence = _("Clerk answered with an error (%(status)d).", status=answer.status)
        raise _Passing(sentence, wait_s=answer.wait_s, trace_id=answer.trace_id)
    logger.error("clerk refuses", extra={"status": answer.status, "clerk_trace_id": answer.trace_id})
    if answer.status in (401, 403):
        raise ProviderRefuses(
            _("Clerk does not accept the secret key (%(status)d): check CLERK_SECRET_KEY.", status=answer.status)
        )
    raise ProviderRefuses(
        _("Clerk answered %(status)d, which it should not: check CLERK_API_URL.", status=answer.status)
    )


def _total(answer: _Answer) -> int:
    body = _body(answer)
    total = body.get("total_count") if isinstance(body, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise _Passing(_("Clerk did not say how many people there are."), trace_id=answer.trace_id)
    return total


def _page(answer: _Answer, origin: Origin) -> Page:
    """The people of a bare array; one that makes no sense is set aside, and the others stay."""
    rows = _body(answer)
    if not isinstance(rows, list):
        raise _Passing(_("Clerk's answer is not a list."), trace_id=answer.trace_id)
    people: list[Stated] = []
    odd: list[Odd] = []
    last_id, rows_to_last_id = "", 0
    for number, row in enumerate(rows):
        try:
            stated = translate.person(row, event_at=0, origin=origin)
        except NoSense as error:
            odd.append(Odd(_id_of(row), number, str(error)))
            clerk_id = odd[-1].id
        else:
            people.append(stated)
            clerk_id = stated.clerk_id
        if clerk_id:
            last_id, rows_to_last_id = clerk_id, number + 1
    return Page(len(rows), people, odd, last_id, rows_to_last_id)


def _id_of(row: Json) -> str:
    try:
        return translate.clerk_id(row) if isinstance(row, dict) else ""
    except NoSense:
        return ""
