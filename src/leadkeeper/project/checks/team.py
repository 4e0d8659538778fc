"""Whether anybody is left who may manage the installation."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadkeeper.project.findings import Finding, fine, problem
from leadkeeper.team.models import Membership
from leadkeeper.team.organizations import HOME_ID


def administrators() -> Finding:
    able = Membership.objects.active().administrators().filter(organization_id=HOME_ID, user__is_active=True)
    count = able.count()
    if not count:
        return problem(_("There is no active owner or administrator."), _("Run: leadkeeper admin create EMAIL"))
    return fine(ngettext("%d active owner or administrator.", "%d active owners and administrators.", count) % count)
