"""Where rooms that do not know each other meet. Sent within the transaction of what they announce.

Those of people are sent at the webhook door, too, where PostgreSQL answers late: a receiver asks for no row counts.
"""

from django.db.models import TextChoices
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _


class WhyInactive(TextChoices):
    """How somebody stopped being active in an organization."""

    DELETED = "deleted", _("deleted in the directory")
    SUSPENDED = "suspended", _("banned or deprovisioned in the directory")
    ABSENT = "absent", _("no longer in the directory")
    DEACTIVATED = "deactivated", _("deactivated here")
    LINKED = "linked", _("linked to somebody of the directory")


people_linked = Signal()
"""A local person was found to be somebody of the directory: `local_id`, `mirrored_id` (user ids), and `by`."""

people_departed = Signal()
"""People were turned off: `organization_id`, `departed` (user id → WhyInactive), and `by`, the viewer who did it here,
else None."""

people_returned = Signal()
"""People who had been turned off are active again: `organization_id` and `returned` (user ids)."""
