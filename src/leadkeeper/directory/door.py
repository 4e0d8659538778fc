"""What an administrator enters at the provider so that its news arrives here. Settings name who says it."""

from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Door:
    """Where the provider's news comes in. `is_open`: the secret that news is signed with is set."""

    provider: str
    address: str
    types: tuple[str, ...]
    secret_setting: str
    is_open: bool


def door() -> Door:
    """The door of the provider that the settings name."""
    return cast(Door, import_string(settings.DIRECTORY_DOOR)())
