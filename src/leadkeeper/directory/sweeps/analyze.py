"""Statistics of the tables of people, from which PostgreSQL decides how to look for them."""

from typing import Final

from django.db import connection

from leadkeeper.team.models import Membership, User

MANY: Final = 500
"""So many new people make what PostgreSQL knows of their tables worthless."""


def analyze_people() -> None:
    """Have PostgreSQL look at the people now. It does so by itself a minute later; until then it takes the tables for
    nearly empty, and sorts everybody where it could walk along an index. SQLite decides without statistics."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {User._meta.db_table}, {Membership._meta.db_table}")
