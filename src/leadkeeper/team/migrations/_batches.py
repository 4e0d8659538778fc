"""Changing a large table in small transactions, with progress on a terminal. For migrations that are not atomic."""

import sys

from django.db import connections, transaction

AT_ONCE = 2_000


def in_batches(rows, work, name):
    """Call `work` with lists of these rows, in the order of their keys, each in a transaction that has locked them.

    What is interrupted begins again from the start: `work` must find nothing to do in rows that are done.
    """
    progress = _Progress(name, rows)
    last = None
    while True:
        with transaction.atomic(using=rows.db):
            following = rows if last is None else rows.filter(pk__gt=last)
            batch = list(following.order_by("pk").select_for_update(of=("self",))[:AT_ONCE])
            if batch:
                work(batch)
        if not batch:
            break
        last = batch[-1].pk
        progress.done(len(batch))
    progress.end()


def store(rows, columns):
    """Write these columns (attribute names) of rows that are there."""
    if not rows:
        return
    model = type(rows[0])
    connection = connections[rows[0]._state.db]
    fields = [model._meta.get_field(column) for column in columns]
    marks = ", ".join(f'"{field.column}" = %s' for field in fields)
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in (*fields, model._meta.pk)]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{model._meta.db_table}" SET {marks} WHERE "{model._meta.pk.column}" = %s', values)


class _Progress:
    """One line of a terminal; nothing where there is none."""

    def __init__(self, name, rows):
        self._name = name
        self._shown = sys.stderr.isatty()
        self._all = rows.count() if self._shown else 0
        self._done = 0

    def done(self, rows):
        self._done += rows
        if self._shown:
            sys.stderr.write(f"\r  {self._name}: {self._done:,} of {self._all:,} ")
            sys.stderr.flush()

    def end(self):
        if self._shown and self._done:
            sys.stderr.write("\n")
