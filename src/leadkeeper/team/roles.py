"""The roles, and what each may do: the one table behind every check."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    MEMBER = "member"
    SDR = "sdr"
    CS = "cs"
    SUPPORT = "support"


class May(StrEnum):
    """A right. Who has it is `RIGHTS`."""

    SEE_LEADS = "see_leads"
    EDIT_LEADS = "edit_leads"
    BE_RESPONSIBLE = "be_responsible"
    TRANSFER = "transfer"
    PLAN = "plan"
    MANAGE = "manage"


_SELLER: Final = frozenset({May.SEE_LEADS, May.EDIT_LEADS, May.BE_RESPONSIBLE})

RIGHTS: Final[dict[Role, frozenset[May]]] = {
    Role.OWNER: _SELLER | {May.TRANSFER, May.PLAN, May.MANAGE},
    Role.ADMIN: _SELLER | {May.TRANSFER, May.PLAN, May.MANAGE},
    Role.MANAGER: _SELLER | {May.TRANSFER, May.PLAN},
    Role.MEMBER: _SELLER,
    Role.SDR: _SELLER,
    Role.CS: frozenset({May.SEE_LEADS}),
    Role.SUPPORT: frozenset({May.SEE_LEADS}),
}

ADMINISTRATORS: Final = tuple(role for role in Role if May.MANAGE in RIGHTS[role])
LEADING: Final = tuple(role for role in Role if May.TRANSFER in RIGHTS[role])
RESPONSIBLE_BY_ROLE: Final = tuple(role for role in Role if May.BE_RESPONSIBLE in RIGHTS[role])
# Whom the policies of an organization may narrow.
SELLERS: Final = frozenset({Role.MEMBER, Role.SDR})

# Of what a directory states that is no role of ours, as many characters are stored.
LONGEST_UNKNOWN: Final = 64

_RANK: Final = {role: rank for rank, role in enumerate(Role)}


def at_most(role: Role, limit: Role) -> Role:
    """The lower of two roles, in the order in which `Role` lists them: a key never exceeds its maker."""
    return max(role, limit, key=_RANK.__getitem__)


def known(name: object) -> Role | None:
    """The role of that name, or None when it is none of ours."""
    try:
        return Role(name)  # type: ignore[arg-type]
    except ValueError:
        return None
