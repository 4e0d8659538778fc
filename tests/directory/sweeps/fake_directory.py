"""A directory in memory: people oldest first, and all the ways in which one may misbehave."""

from collections.abc import Callable

from leadkeeper.directory.people.change import Deleted, Origin, Record, Stated
from leadkeeper.directory.provider import CursorGone, CursorRefused, NotConfigured, Odd, Page
from leadkeeper.team.roles import Role


class FakeDirectory:
    """`before_page[n]` is called before the n-th page (from 1) is read; it may change the list, or raise."""

    def __init__(self, people: int = 0, *, page_rows: int = 5) -> None:
        self.page_rows = page_rows
        self.rows: list[Stated | Odd] = []
        self.counted: int | None = None
        self.knows_the_cursor = True
        self.ignores_the_cursor = False
        self.hidden: set[str] = set()
        self.before_page: dict[int, Callable[[], object]] = {}
        self.asked: list[tuple[str, int]] = []
        self.asked_by_id: list[list[str]] = []
        self.asked_for_newest: list[int] = []
        self.before_newest: dict[int, Callable[[], object]] = {}
        for number in range(people):
            self.add(f"user_{number:04}", name=f"Person {number}")

    def add(self, clerk_id: str, *, updated_at: int = 1000, role: Role | None = None, **fields: object) -> None:
        record = Record(role=role, **fields)  # type: ignore[arg-type]
        self.rows.append(Stated(clerk_id, record, updated_at, 0, Origin.SWEEP))

    def add_odd(self, clerk_id: str = "") -> None:
        self.rows.append(Odd(clerk_id, 0, "updated_at: not a time"))

    def edit(self, clerk_id: str, *, updated_at: int = 2000, **fields: object) -> None:
        place = self.ids().index(clerk_id)
        self.rows[place] = Stated(clerk_id, Record(**fields), updated_at, 0, Origin.SWEEP)  # type: ignore[arg-type]

    def remove(self, *clerk_ids: str) -> None:
        self.rows = [row for row in self.rows if id_of(row) not in clerk_ids]

    def ids(self) -> list[str]:
        return [id_of(row) for row in self.rows]

    def count(self) -> int:
        return len(self.rows) if self.counted is None else self.counted

    def page(self, *, after: str = "", offset: int = 0) -> Page:
        self.asked.append((after, offset))
        self.before_page.get(len(self.asked), lambda: None)()
        if after and not self.knows_the_cursor:
            raise CursorRefused("no cursor here")
        if after and after not in self.ids():
            raise CursorGone("gone")
        if self.ignores_the_cursor:
            after = ""
        start = self.ids().index(after) + 1 if after else offset
        listed = [row for row in self.rows[start:] if id_of(row) not in self.hidden]
        return page_of(listed[: self.page_rows])

    def newest(self, *, offset: int = 0) -> Page:
        self.asked_for_newest.append(offset)
        self.before_newest.get(len(self.asked_for_newest), lambda: None)()
        newest_first = sorted(self.rows, key=lambda row: -getattr(row, "updated_at", 0))
        return page_of(newest_first[offset : offset + self.page_rows])

    def people_by_id(self, ids: list[str]) -> Page:
        self.asked_by_id.append(list(ids))
        return page_of([row for row in self.rows if id_of(row) in ids])

    def person(self, clerk_id: str) -> Stated | Deleted:
        for row in self.rows:
            if isinstance(row, Stated) and row.clerk_id == clerk_id:
                return Stated(clerk_id, row.record, row.updated_at, 0, Origin.FETCH)
        return Deleted(clerk_id)

    def __enter__(self) -> "FakeDirectory":
        return self

    def __exit__(self, *error: object) -> None:
        pass


def id_of(row: Stated | Odd) -> str:
    return row.clerk_id if isinstance(row, Stated) else row.id


def page_of(rows: list[Stated | Odd]) -> Page:
    people = [row for row in rows if isinstance(row, Stated)]
    odd = [Odd(row.id, number, row.reason) for number, row in enumerate(rows) if isinstance(row, Odd)]
    last = max((number for number, row in enumerate(rows) if id_of(row)), default=-1)
    return Page(len(rows), people, odd, id_of(rows[last]) if last >= 0 else "", last + 1)


class FakeProvider:
    """Opens the same directory again and again."""

    directory = FakeDirectory()
    configured = True

    def __new__(cls, **patience):
        cls.require_configured()
        return cls.directory

    @classmethod
    def require_configured(cls):
        if not cls.configured:
            raise NotConfigured("CLERK_SECRET_KEY is not set")
