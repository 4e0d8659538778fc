"""The one local organization of a product that serves one company (`CLERK_TENANCY=instance`)."""

from uuid import UUID

from leadkeeper.team.models import Organization

# Fixed, so that two processes starting together make the same one.
HOME_ID = UUID("6c656164-6b65-4570-8072-000000000001")


def home() -> Organization:
    """The local organization, made when it is first asked for."""
    organization, _ = Organization.objects.get_or_create(id=HOME_ID, defaults={"name": "Leadkeeper"})
    return organization
