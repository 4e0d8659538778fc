"""A notification in one sentence, in the reader's language, and where it leads: the same on the page and in a mail."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.leads.choices import Reason
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.web.isolate import isolated

_KIND = Notification.Kind


def sentence(one: Notification) -> str:
    """What happened, for the one who is told."""
    words = {
        _KIND.GIVEN: _given,
        _KIND.TAKEN: _taken,
        _KIND.ASKED: lambda one: _("%(by)s asks you for %(lead)s"),
        _KIND.DEPARTURE: _departure,
    }[_KIND(one.kind)](one)
    return words % {
        "by": isolated(one.by_name),
        "other": isolated(one.other_name),
        "lead": isolated(one.lead_name) or _("a lead"),
        "number": _number(one.leads if one.kind != _KIND.TAKEN else one.leads_lost),
        "lost": _number(one.leads_lost),
        "people": _number(one.people),
    }


def _given(one: Notification) -> str:
    if one.lead_name:
        if one.reason == Reason.UNDO:
            return _("%(by)s gave %(lead)s back to you")
        if one.reason == Reason.CREATED:
            return _("%(by)s added %(lead)s and made you responsible")
        return _("%(by)s made you responsible for %(lead)s")
    if one.reason == Reason.CREATED:
        words = ngettext(
            "%(by)s added %(number)s lead and made you responsible",
            "%(by)s added %(number)s leads and made you responsible",
            one.leads,
        )
    elif one.other_name:
        words = ngettext(
            "%(by)s gave you %(number)s lead from %(other)s",
            "%(by)s gave you %(number)s leads from %(other)s",
            one.leads,
        )
    else:
        words = ngettext("%(by)s gave you %(number)s lead", "%(by)s gave you %(number)s leads", one.leads)
    if one.leads_lost:
        words = _("%(received)s, and %(lost)s of yours to others") % {"received": words, "lost": "%(lost)s"}
    return words


def _taken(one: Notification) -> str:
    if one.lead_name:
        if one.other_name == one.by_name:
            return _("%(by)s took %(lead)s over from you")
        if one.other_name:
            return _("%(by)s gave %(lead)s, which was yours, to %(other)s")
        return _("%(by)s took %(lead)s from you; nobody is responsible now")
    if one.other_name:
        return ngettext(
            "%(by)s gave %(number)s of your leads to %(other)s",
            "%(by)s gave %(number)s of your leads to %(other)s",
            one.leads_lost,
        )
    return ngettext("%(by)s took %(number)s lead from you", "%(by)s took %(number)s leads from you", one.leads_lost)


def _departure(one: Notification) -> str:
    if one.other_name:
        return ngettext(
            "%(other)s has left, with %(number)s open lead", "%(other)s has left, with %(number)s open leads", one.leads
        )
    return ngettext(
        "%(people)s people have left, with %(number)s open lead",
        "%(people)s people have left, with %(number)s open leads",
        one.leads,
    )


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)
