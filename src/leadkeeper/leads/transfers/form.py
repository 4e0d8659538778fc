"""The form of a transfer: which leads, to whom, how shared; what was typed, and what is wrong with it."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from leadkeeper.leads.lists.listing import NARROWING, searched_stage
from leadkeeper.leads.transfers.shares import Sharing
from leadkeeper.leads.transfers.transfer import Filter, Wanted, giver
from leadkeeper.storage.errors import FieldError, Invalid, Refusals
from leadkeeper.storage.unset import UNSET, Unset


@dataclass
class TransferForm:
    """What was sent, as text. Whom to add and whom to take out again have been done already in `to`."""

    giver: str = ""
    leads: list[str] = field(default_factory=list)
    # All that the list finds with these filters; None: not by filter.
    filters: dict[str, str] | None = None
    to: list[str] = field(default_factory=list)
    sharing: str = Sharing.EVENLY
    with_closed: bool = False
    note: str = ""
    mark: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls, given: QueryDict) -> "TransferForm":
        to = [*given.getlist("to"), given.get("add", "")]
        return cls(
            giver=given.get("from", ""),
            leads=given.getlist("lead_ids"),
            filters={name: given.get(name, "").strip() for name in NARROWING} if "all" in given else None,
            to=[id_ for id_ in dict.fromkeys(to) if id_ and id_ != given.get("without")],
            sharing=given.get("sharing", Sharing.EVENLY),
            with_closed="closed" in given,
            note=given.get("note", "").replace("\r\n", "\n"),
            mark=given.get("plan", ""),
        )

    @property
    def is_of_open_leads(self) -> bool:
        """Whether no won or lost lead can be among them."""
        return self.filters is not None and not self.filters["stage"]

    @property
    def which(self) -> list[tuple[str, str]]:
        """The hidden fields that say which leads these are."""
        if self.filters is not None:
            return [("all", "1"), *((name, text) for name, text in self.filters.items() if text)]
        return [*([("from", self.giver)] if self.giver else []), *(("lead_ids", id_) for id_ in self.leads)]

    @property
    def wrong_leads(self) -> str:
        """What is wrong with saying which leads these are; "" where nothing is."""
        return next((self.errors[name] for name in ("from", "lead_ids", *NARROWING) if name in self.errors), "")

    def person(self) -> uuid.UUID | None:
        """Whose portfolio it is, where it is somebody's."""
        with suppress(Invalid):
            return giver(self.giver) if self.giver and not self.leads and self.filters is None else None
        return None

    def receivers(self) -> list[uuid.UUID]:
        """Those who are named, as far as that makes sense."""
        ids = []
        for text in self.to:
            with suppress(ValueError):
                ids.append(uuid.UUID(text))
        return ids

    def wanted(self, refusals: Refusals) -> Wanted:
        """What was sent. What makes no sense is added to `refusals`."""
        leads: tuple[uuid.UUID, ...] = ()
        try:
            leads = tuple(uuid.UUID(text) for text in self.leads)
        except ValueError:
            refusals.add(FieldError("lead_ids", _("Choose the leads to transfer.")))
        given: uuid.UUID | Unset | None = UNSET
        with refusals:
            given = giver(self.giver) if self.giver else UNSET
        return Wanted(
            to=tuple(self.receivers()),
            giver=given,
            leads=leads or None,
            filter=self._filter(),
            sharing=Sharing.BY_LOAD if self.sharing == Sharing.BY_LOAD else Sharing.EVENLY,
            with_closed=self.with_closed,
            note=self.note,
        )

    def _filter(self) -> Filter | None:
        if self.filters is None:
            return None
        filters = self.filters
        return Filter(
            query=filters["q"],
            stage=searched_stage(filters["stage"]),
            assigned_to=filters["assigned_to"],
            source=filters["source"],
        )
