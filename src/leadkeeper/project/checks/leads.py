"""Whether the kept counters of leads are what counting gives."""

from collections import Counter

from django.db.models import Count, F, UUIDField, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.leads.models import Lead, LeadCount
from leadkeeper.project.findings import Finding, fine, problem
from leadkeeper.team.organizations import HOME_ID


def counters() -> Finding:
    wrong = wrong_counters()
    if not wrong:
        return fine(_("The counters of leads are exact."))
    return problem(
        ngettext("%d counter of leads is wrong.", "%d counters of leads are wrong.", wrong) % wrong,
        _("Run: leadkeeper doctor --recount"),
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
