"""Lists, filters and searches among a million leads, against the same among ten thousand.

    python -m bench.million [--quick]

Pages are asked for one after the other over one connection: as a manager, who sees every lead, and as a seller, who
sees their own and nobody's; and the API with a key.
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.footprint import EMAIL, signed_in
from bench.live import base, cookie_of
from bench.load import measure as measure_load
from bench.load import percentile
from bench.many_leads import Filled, fill_database, person_email, set_up_django
from bench.options import Options, parse_options
from bench.own_process import in_own_process
from bench.people import RARE_NAME
from bench.product import DATABASES, product
from bench.table import Table, milliseconds, number, show
from tools.postgres import Postgres, durable_postgres

SIZES = ((10_000, 500), (1_000_000, 5_000))
QUICK_SIZES = ((2_000, 100), (20_000, 200))
WARM_UP, TIMES = 3, 40
MANAGER, SELLER, KEY = "page, manager", "page, seller", "API"
ALL = "all of these"


@dataclass(frozen=True)
class Question:
    name: str
    asked_by: str
    filters: Mapping[str, str]

    @property
    def path(self) -> str:
        query = f"?{urlencode(self.filters)}" if self.filters else ""
        return ("/api/leads" if self.asked_by == KEY else "/leads") + query


SEARCHES = {
    "a letter that very many have": {"q": "a"},
    "a frequent name": {"q": "joão"},
    "a name of one in fifty": {"q": "juliana"},
    "two frequent names": {"q": "maria silva"},
    "a rare name": {"q": RARE_NAME},
    "a frequent and a rare word": {"q": f"gmail {RARE_NAME}"},
    "a name that nobody has": {"q": "zzzz"},
    "a phone number's beginning": {"q": "(11) 9876"},
    "a whole phone number": {"q": "+55 11 98765-4321"},
    "a whole e-mail address": {"q": "beatriz.1234@gmail.com"},
    "a name and a stage": {"q": "joão", "stage": "fechado_ganho"},
    "a rare name and nobody's": {"q": RARE_NAME, "assigned_to": "none"},
}
LISTS: dict[str, dict[str, str]] = {
    "the newest": {},
    "of a stage": {"stage": "proposta"},
    "nobody's": {"assigned_to": "none"},
}
ONLY_FOR: dict[str, dict[str, dict[str, str]]] = {
    MANAGER: {},
    SELLER: {"mine": {"assigned_to": "me"}},
    KEY: {"of a rare source": {"source": "evento"}},
}
QUESTIONS = tuple(
    Question(name, asked_by, filters)
    for asked_by, more in ONLY_FOR.items()
    for name, filters in (LISTS | more | SEARCHES).items()
)
# What an index must have in order, and which one does.
PLANS = {
    "the newest": ({}, "lead_newest"),
    "of a stage": ({"stage": "proposta"}, "lead_by_stage"),
    "of a source": ({"source": "evento"}, "lead_by_source"),
    "nobody's": ({"assigned_to": "none"}, "lead_of_nobody"),
    "nobody's of a stage": ({"assigned_to": "none", "stage": "novo"}, "lead_of_nobody_by_stage"),
}


@dataclass(frozen=True)
class Asked:
    """Every question of one asker in turn, so many times."""

    asked_by: str
    credentials: str
    """As a header."""
    times: int

    def requests(self, port: int) -> Sequence[bytes]:
        return [self._request(question, port) for _ in range(self.times) for question in of(self.asked_by)]

    def _request(self, question: Question, port: int) -> bytes:
        head = f"GET {question.path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: */*\r\n{self.credentials}\r\n\r\n"
        return head.encode()


@dataclass(frozen=True)
class Measured:
    filled: Filled
    latencies_ms: dict[str, dict[str, list[float]]]
    """By who asked, and what."""
    odd: list[str]
    plans: dict[str, str]


def of(asked_by: str) -> list[Question]:
    return [question for question in QUESTIONS if question.asked_by == asked_by]


def measure(options: Options) -> list[Table]:
    sizes = QUICK_SIZES if options.quick else SIZES
    (few, _), (many, people) = sizes
    made = Table("million-made", f"{many:,} leads made", ("", "leads", "people", "seconds", "leads/s", "peak MB"))
    head = ("", "", f"p50 ms of {few:,}", "p95 ms", f"p50 ms of {many:,}", "p95 ms", "p95 ×")
    asked = Table("million", f"Asking among {many:,} leads", head)
    plans = Table("million-plans", "What they are walked along", ("", *DATABASES))
    plan_of: dict[str, list[str]] = {name: [] for name in PLANS}
    with durable_postgres(options.folder) as server:
        for database in DATABASES:
            small, large = (ask(options, server, database, *size, quick=options.quick) for size in sizes)
            rate = number(many / large.filled.seconds)
            seconds, peak = number(large.filled.seconds), number(large.filled.peak_mb)
            made.rows.append((database, number(many), number(people), seconds, rate, peak))
            add_rows(asked, database, small, large)
            for name, index in large.plans.items():
                plan_of[name].append(index)
                if not re.fullmatch(PLANS[name][1], index):
                    plans.notes.append(f"**{database}, {name}: expected {PLANS[name][1]}, not {index}**")
    plans.rows += [(name, *indices) for name, indices in plan_of.items()]
    return [made, asked, plans]


def add_rows(table: Table, database: str, small: Measured, large: Measured) -> None:
    for asked_by, questions in large.latencies_ms.items():
        before = small.latencies_ms[asked_by]
        for name, latencies in questions.items():
            table.rows.append(row(f"{database}, {asked_by}", name, before[name], latencies))
        every_time = ([value for values in asked.values() for value in values] for asked in (before, questions))
        table.rows.append(row(f"{database}, {asked_by}", ALL, *every_time))
    table.notes += [f"**{database}: {odd}**" for odd in (*small.odd, *large.odd)]


def row(who: str, what: str, few: Sequence[float], many: Sequence[float]) -> tuple[str, ...]:
    figures = [milliseconds(percentile(values, percent)) for values in (few, many) for percent in (50, 95)]
    return who, what, *figures, f"{percentile(many, 95) / percentile(few, 95):.2f}"


def ask(options: Options, server: Postgres, database: str, leads: int, people: int, *, quick: bool) -> Measured:
    with product(database, options.folder, server) as made:
        filled = fill_database(made.environment, leads=leads, people=people)
        plans = in_own_process(indices_used, dict(made.environment))
        made.run("admin", "create", EMAIL, "--name", "Bench")
        links = {MANAGER: made.run("sign-in-link", EMAIL), SELLER: made.run("sign-in-link", person_email(0))}
        credentials = {KEY: f"authorization: Bearer {made.api_key()}"}
        with made.serve() as running, contextlib.ExitStack() as open_browsers:
            for who, link in links.items():
                browser = open_browsers.enter_context(contextlib.closing(signed_in(base(made), link)))
                credentials[who] = f"cookie: {cookie_of(browser)}"
            latencies: dict[str, dict[str, list[float]]] = {}
            odd: list[str] = []
            for asked_by in ONLY_FOR:
                for times in (WARM_UP, WARM_UP if quick else TIMES):
                    asked = Asked(asked_by, credentials[asked_by], times)
                    load = measure_load(running.port, asked, connections=1, seconds=600, expected=200)
                questions = of(asked_by)
                latencies[asked_by] = {
                    question.name: load.latencies_ms[at :: len(questions)] for at, question in enumerate(questions)
                }
                if load.first_odd_answer:
                    odd.append(f"{asked_by}: statuses {load.statuses}")
    return Measured(filled, latencies, odd, plans)


def indices_used(environment: Mapping[str, str]) -> dict[str, str]:
    """The index that each list is walked along, or `sorted` where rows are put in order only then."""
    set_up_django(environment)
    from leadkeeper.leads.search.newest import NEWEST_FIRST
    from leadkeeper.leads.search.search import find_newest
    from leadkeeper.team.organizations import home
    from leadkeeper.team.viewer import Viewer

    used = {}
    for name, (filters, _) in PLANS.items():
        (found,) = find_newest(Viewer.system(home()), **filters)
        plan = found.leads.order_by(*NEWEST_FIRST.columns)[:51].explain()
        indices = re.findall(r"lead_[a-z_]+", plan.replace("leads_lead", ""))
        used[name] = "sorted" if re.search(r"Sort|TEMP B-TREE", plan) else "|".join(dict.fromkeys(indices)) or "none"
    return used


if __name__ == "__main__":
    show(measure(parse_options("Lists and searches among a million leads.")))
