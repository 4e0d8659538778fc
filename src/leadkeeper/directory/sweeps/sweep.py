"""One full walk through the directory: everybody on the list is applied, whoever is truly gone is turned off.

Nobody is turned off on thin evidence: only after a walk that saw as many people as the provider counts, only those
whom the provider does not find by id either, and never many of them unasked.
"""

from collections.abc import Callable, Iterator
from typing import Final

from leadkeeper.directory.deliveries.receive import UNAVAILABLE
from leadkeeper.directory.models import Sweep
from leadkeeper.directory.provider import Directory, ProviderError
from leadkeeper.directory.sentence import Sentence, ngettext
from leadkeeper.directory.sentence import gettext as _
from leadkeeper.directory.sweeps import walk
from leadkeeper.directory.sweeps.ledger import Ledger, active_administrators

# As many may always go; above that, up to a share of the active people.
_FEW: Final = 5
_SHARE: Final = 0.1
# Rows beyond twice the count of people before a walk without anybody new is taken for a circle.
_SLACK_ROWS: Final = 1000

Watch = Callable[[Sweep], None]


class _Stopped(Exception):
    """The sweep goes no further; `reason` is for the reader."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


class _Incomplete(_Stopped):
    """The walk led nowhere; its checkpoint is worth nothing."""


class _TooMany(_Stopped):
    """More people are gone than anybody said might go."""


def sweep(directory: Directory, ledger: Ledger, *, watch: Watch = lambda run: None) -> None:
    """Do the ledger's run, or go on with it. How it ended is in `ledger.run`; `watch` sees it after every page.

    Opens a transaction for each page, and none over HTTP. When the database goes away the run stays `running`,
    to be continued by whoever finds it.
    """
    end = Sweep.Status
    try:
        ledger.begin()
        watch(ledger.run)
        _walk(directory, ledger, watch)
        _deactivate_missing(directory, ledger)
        ledger.end(end.COMPLETE)
    except ProviderError as error:
        ledger.end(end.INCOMPLETE, error.sentence, keep_checkpoint=True)
    except _Incomplete as error:
        ledger.end(end.INCOMPLETE, error.reason)
    except _TooMany as error:
        ledger.end(end.REFUSED, error.reason)
    except UNAVAILABLE:
        raise
    except Exception as error:
        ledger.end(end.INCOMPLETE, Sentence(f"{type(error).__name__}: {error}"))
        raise
    watch(ledger.run)


def _walk(directory: Directory, ledger: Ledger, watch: Watch) -> None:
    run = ledger.run
    if run.count_before is None:
        run.count_before = run.expected = directory.count()
    most_rows = 2 * run.count_before + _SLACK_ROWS
    for step in walk.steps(directory, ledger.checkpoint):
        new = ledger.take(step)
        stands_still = bool(step.page.last_id) and step.page.last_id == step.start.cursor
        if not new and (stands_still or step.then.offset > most_rows):
            raise _Incomplete(_("The list of people does not end: the same page came again."))
        watch(run)
    run.expected = min(run.count_before, directory.count())
    if run.seen < run.expected:
        raise _Incomplete(
            _(
                "Only %(seen)d of %(expected)d people were on the list; nobody was deactivated.",
                seen=run.seen,
                expected=run.expected,
            )
        )


def _deactivate_missing(directory: Directory, ledger: Ledger) -> None:
    gone = list(_truly_gone(directory, ledger))
    if not gone:
        return
    administrators = active_administrators(ledger.run)
    reason = why_not(
        gone=len(gone),
        active=ledger.active_people(),
        last_administrator=bool(administrators) and administrators <= set(gone),
    )
    if reason and not ledger.is_forced():
        ledger.run.missing = len(gone)
        raise _TooMany(reason)
    ledger.deactivate(gone)


def _truly_gone(directory: Directory, ledger: Ledger) -> Iterator[str]:
    """The people whom neither the walk met nor the provider finds by id."""
    for ids in ledger.unseen():
        page = directory.people_by_id(ids)
        if page.rows:
            ledger.take_found(page)
        if any(not odd.id for odd in page.odd):
            # One of them is there, and does not say who: each may be the one.
            continue
        present = page.ids
        yield from (clerk_id for clerk_id in ids if clerk_id not in present)


def why_not(*, gone: int, active: int, last_administrator: bool) -> Sentence | None:
    """Why so many people are not turned off unasked; nothing when they may be."""
    if gone * 2 > active or (gone > _FEW and gone > active * _SHARE):
        doubt = ngettext(
            "%(gone)d of %(active)d active people is no longer in the directory, which may be a mistake there.",
            "%(gone)d of %(active)d active people are no longer in the directory, which may be a mistake there.",
            gone,
            gone=gone,
            active=active,
        )
    elif last_administrator:
        doubt = ngettext(
            "The %(gone)d person no longer in the directory is the last active owner or administrator.",
            "The %(gone)d people no longer in the directory include every active owner and administrator.",
            gone,
            gone=gone,
        )
    else:
        return None
    return _("%(doubt)s Nobody was deactivated; if it is right, repeat with --force.", doubt=doubt)
