"""What a lead may be, and why it changed hands."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stage(models.TextChoices):
    NEW = "novo", pgettext_lazy("stage", "New")
    FIRST_CONTACT = "primeiro_contato", _("First contact")
    QUALIFIED = "qualificado", _("Qualified")
    PROPOSAL = "proposta", _("Proposal")
    NEGOTIATION = "negociacao", _("Negotiation")
    WON = "fechado_ganho", _("Won")
    LOST = "fechado_perdido", _("Lost")


CLOSED_STAGES = (Stage.WON, Stage.LOST)
OPEN_STAGES = tuple(stage for stage in Stage if stage not in CLOSED_STAGES)


class Temperature(models.TextChoices):
    COLD = "frio", _("Cold")
    WARM = "morno", _("Warm")
    HOT = "quente", _("Hot")


class Source(models.TextChoices):
    """Where a lead came from. What there is to say beyond that is the lead's campaign."""

    WHATSAPP = "whatsapp", "WhatsApp"
    INSTAGRAM = "instagram", "Instagram"
    LANDING_PAGE = "landing_page", _("Landing page")
    REFERRAL = "indicacao", _("Referral")
    EVENT = "evento", _("Event")
    ORGANIC = "organico", _("Organic")
    PAID = "trafego_pago", _("Paid traffic")
    OTHER = "outro", pgettext_lazy("source", "Other")


class Consent(models.TextChoices):
    """What somebody answered when asked whether they may be contacted. Where nobody has asked there is none."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


class Reason(models.TextChoices):
    """Why responsibility changed."""

    CREATED = "created", _("created")
    MANUAL = "manual", _("by hand")
    CLAIM = "claim", _("claimed")
    TRANSFER = "transfer", _("transfer")
    DEPARTURE = "departure", _("departure")
    UNDO = "undo", _("undone")
    RULE = "rule", _("rule")
    IMPORT = "import", _("import")
