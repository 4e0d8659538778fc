"""What roles are called, in the reader's language."""

from django.utils.translation import gettext as _

from leadkeeper.team.roles import Role


def role_names() -> dict[str, str]:
    """Every role's name, in the order of rank."""
    return {
        Role.OWNER: _("Owner"),
        Role.ADMIN: _("Administrator"),
        Role.MANAGER: _("Manager"),
        Role.MEMBER: _("Member"),
        Role.SDR: _("SDR"),
        Role.CS: _("Customer success"),
        Role.SUPPORT: _("Support"),
    }


def role_name(role: str) -> str:
    """One role's name."""
    return role_names()[Role(role)]
