"""How the database answers a query."""

from django.db import connection


def query_plan(sql: str) -> str:
    """The plan of a query as it was captured, one line a step."""
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
