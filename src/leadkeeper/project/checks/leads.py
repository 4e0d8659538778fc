"""Whether the kept counters of leads are what counting gives."""

from collections import Counter

from django.db.models import Count, F, UUIDField, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.project.findings import Finding, fine, problem, warning
from leadkeeper.team.organizations import HOME_ID


def counters() -> Finding:
    wrong = wrong_counters()
    if not wrong:
        return fine(_("The counters of leads are exact."))
    return problem(
        ngettext("%d counter of leads is wrong.", "%d counters of leads are wrong.", wrong) % wrong,
        _("Run: leadkeeper doctor --recount"),
    )


def possible_duplicates() -> Finding:
    """Leads that nobody could tell to be the same when they came in."""
    undecided = Lead.objects.filter(duplicate_of__isnull=False, confirmed_distinct_at=None, deleted_at=None)
    count = undecided.filter(organization_id=HOME_ID).count()
    if not count:
        return fine(_("No two leads share a phone number or an e-mail address."))
    return warning(
        ngettext("%d lead may be there twice.", "%d leads may be there twice.", count) % count,
        _("Decide about each pair: Leads, Possible duplicates."),
    )


def wrong_counters() -> int:
    """How many counters a recount would correct: told by one query, which sees one moment and locks nobody out."""
    nobody = Value(LeadCount.NOBODY, output_field=UUIDField())
    counted = (
        Lead.objects.filter(organization_id=HOME_ID, deleted_at__isnull=True)
        .order_by()
        .annotate(place=Coalesce("assigned_to_id", nobody))
        .values_list("place", "stage")
        .annotate(number=-Count("id"))
    )
    kept = LeadCount.objects.filter(organization_id=HOME_ID).order_by()
    differences: Counter[tuple[object, str]] = Counter()
    for place, stage, number in kept.values_list(F("responsible"), "stage", "leads").union(counted, all=True):
        differences[place, stage] += number
    return sum(map(bool, differences.values()))
