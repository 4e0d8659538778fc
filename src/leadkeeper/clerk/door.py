"""What an administrator enters in Clerk's dashboard so that its webhooks arrive here."""

from django.conf import settings

from leadkeeper.clerk.deliveries import HANDLED
from leadkeeper.directory.door import Door


def door() -> Door:
    return Door(
        provider="Clerk",
        address=f"{settings.LEADKEEPER_URL}/clerk/users",
        types=HANDLED,
        secret_setting="CLERK_WEBHOOK_SECRET",  # noqa: S106  (its name)
        is_open=bool(settings.CLERK_WEBHOOK_SECRETS),
    )
