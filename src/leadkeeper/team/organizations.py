"""The one local organization of a product that serves one company (`CLERK_TENANCY=instance`)."""

from typing import Final
from uuid import UUID

from leadkeeper.team.models import Organization

HOME_ID: Final = UUID("6c656164-6b65-4570-8072-000000000001")
HOME_NAME: Final = "Leadkeeper"


def home() -> Organization:
    """The local organization; it is made together with the schema."""
    return Organization.objects.get(id=HOME_ID)
