"""`Idempotency-Key`: a POST that is sent again is answered again, and its work is done once.

The work and its answer are committed together, so that a crash leaves neither: whoever asks again finds either
the answer, or a claim without one, which may be taken over once it is old.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from leadkeeper.access.authenticate import key_or_session
from leadkeeper.access.models import IdempotentAnswer
from leadkeeper.storage.errors import Conflict, Invalid, NotAllowed, Refused
from leadkeeper.team.models import Organization
from leadkeeper.team.roles import May
from leadkeeper.team.viewer import Viewer, required_rights
from leadkeeper.web.problems import CONTENT_TYPE, problem

KEPT_FOR: Final = timedelta(hours=24)
# A claim this old without an answer belongs to a process that is gone, or as good as gone.
TAKEN_OVER_AFTER: Final = timedelta(seconds=60)
LONGEST_KEY: Final = 255
_LONGEST_PATH: Final = 200


class _Overtaken(Exception):
    """Another request took our claim over while we were at work: what we did is undone."""


class IdempotencyMiddleware:
    """Watches over POSTs to the API that carry the header; comes after the one that knows sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or not _is_covered(request):
            return self._get_response(request)
        try:
            asker = key_or_session(request)
            body = request.body
        except (Refused, RequestDataTooBig):
            asker = None
        if asker is None or asker.id is None:
            # Whatever is wrong, the API says it in its own words.
            return self._get_response(request)
        try:
            claim = _claim(asker.organization, asker.id, request.path, key, _hash_of(request, body))
            if claim.status is not None:
                _require_rights(asker, claim)
                return _replayed(claim.status, claim.body)
            return self._answer(request, claim)
        except NotAllowed as refused:
            return problem(403, str(refused))
        except Invalid as refused:
            return problem(422, str(refused), errors=refused.errors)
        except (Conflict, _Overtaken) as refused:
            answer = problem(409, str(refused))
            answer["Retry-After"] = "1"
            return answer

    def _answer(self, request: HttpRequest, claim: IdempotentAnswer) -> HttpResponse:
        """Do the work and keep its answer in one transaction. What may be answered otherwise next time is not kept."""
        ours = IdempotentAnswer.objects.filter(id=claim.id, status__isnull=True, created_at=claim.created_at)
        try:
            with transaction.atomic():
                with required_rights() as required:
                    answer = self._get_response(request)
                if _is_final(answer):
                    rights = " ".join(sorted(required))
                    if not ours.update(status=answer.status_code, body=answer.content.decode(), rights=rights):
                        raise _Overtaken(_in_flight())
                    return answer
                transaction.set_rollback(True)
        except _Overtaken:
            raise
        except BaseException:
            ours.delete()
            raise
        ours.delete()
        return answer


def _is_covered(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path.startswith("/api/") and len(request.path) <= _LONGEST_PATH


def _is_final(answer: HttpResponseBase) -> bool:
    """Whether nothing but the request decided about it: not a mishap of ours, nor what the asker may do today."""
    return answer.status_code < 500 and answer.status_code != HTTPStatus.FORBIDDEN and not answer.streaming


def _hash_of(request: HttpRequest, body: bytes) -> str:
    """Tells two requests to one path apart."""
    digest = hashlib.sha256(body)
    if query := request.META.get("QUERY_STRING", ""):
        digest.update(f"\0?{query}".encode())
    return digest.hexdigest()


def _require_rights(asker: Viewer, claim: IdempotentAnswer) -> None:
    """Raises NotAllowed where the asker's role no longer permits what was done."""
    for right in claim.rights.split():
        asker.require(May(right))


def _claim(organization: Organization, asker: UUID, path: str, key: str, body_hash: str) -> IdempotentAnswer:
    """Our claim to do the work (`status` is None), or the answer that is there already.

    Committed at once, for others to see. Raises Invalid for a key that is none or was used for another body,
    and Conflict while another request is at work.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid("Idempotency-Key", _("Idempotency-Key must have 1 to %d printable characters.") % LONGEST_KEY)
    now = timezone.now()
    # Looked for first without a transaction: on SQLite one would wait for the very request that is at work.
    claim = IdempotentAnswer.objects.filter(asker=asker, path=path, key=key).first()
    if claim is None:
        with transaction.atomic():
            claim, is_new = IdempotentAnswer.objects.get_or_create(
                asker=asker,
                path=path,
                key=key,
                defaults={"organization": organization, "body_hash": body_hash, "created_at": now},
            )
        if is_new:
            return claim
    age = now - claim.created_at
    if age > KEPT_FOR:
        return _take_over(claim, body_hash)
    if claim.body_hash != body_hash:
        raise Invalid(
            "Idempotency-Key", _("This Idempotency-Key was used for a request with another body or other parameters.")
        )
    if claim.status is None and age > TAKEN_OVER_AFTER:
        return _take_over(claim, body_hash)
    if claim.status is None:
        raise Conflict(_in_flight())
    return claim


def _take_over(claim: IdempotentAnswer, body_hash: str) -> IdempotentAnswer:
    """Make an old claim ours, unless somebody else just did."""
    now = timezone.now()
    same = IdempotentAnswer.objects.filter(id=claim.id, created_at=claim.created_at)
    if not same.update(created_at=now, body_hash=body_hash, status=None, body="", rights=""):
        raise Conflict(_in_flight())
    claim.created_at, claim.body_hash, claim.status, claim.body = now, body_hash, None, ""
    return claim


def _in_flight() -> str:
    return _("A request with this Idempotency-Key is being answered. Try again in a moment.")


def _replayed(status: int, body: str) -> HttpResponse:
    kind = CONTENT_TYPE if status >= 400 else "application/json"
    answer = HttpResponse(body, status=status, content_type=f"{kind}; charset=utf-8")
    answer["Idempotency-Replayed"] = "true"
    return answer
