"""How soon the server is ready, and how much memory it keeps.

    python -m bench.footprint [--quick]

From starting `leadkeeper serve` on an existing database to the first 200 of `/health/ready`; then resident
memory of all its processes after 50 requests, half to the API and half to pages as an administrator.
"""

import contextlib
import re
import statistics
from itertools import cycle, islice
from urllib.parse import urlsplit

import httpx

from bench.memory import resident_mb
from bench.options import Options, parse_options
from bench.product import DATABASES, CommandFailedError, Product, product
from bench.stub_directory import stub_directory
from bench.table import Table, number, show
from tools.postgres import durable_postgres

PEOPLE = 1_000
EMAIL = "bench@example.com"
API = ("/api/assignees?q=jo", "/api/team", "/api/leads", "/api/directory")
PAGES = ("/team", "/leads")
EACH = 25
HEAD = ("", "ready after s", "resident MB when ready", "resident MB after 50 requests")


def measure(options: Options) -> list[Table]:
    starts = 2 if options.quick else 5
    table = Table("footprint", "Start and memory", HEAD)
    with durable_postgres(options.folder) as server, stub_directory(PEOPLE) as stub:
        for database in DATABASES:
            with product(database, options.folder, server, directory_url=stub.url) as made:
                made.run("backfill", "--json")
                made.run("admin", "create", EMAIL, "--name", "Bench")
                key = made.api_key()
                seconds, at_first, after = [], [], []
                for _ in range(starts):
                    link = made.run("sign-in-link", EMAIL)
                    with made.serve() as running:
                        seconds.append(running.ready_after_s)
                        at_first.append(resident_mb(running.pid))
                        use(made, key, link)
                        after.append(resident_mb(running.pid))
                table.rows.append(
                    (
                        database,
                        f"{statistics.median(seconds):.2f}",
                        number(statistics.median(at_first)),
                        number(statistics.median(after)),
                    )
                )
    return [table]


def use(made: Product, key: str, link: str) -> None:
    base = f"http://127.0.0.1:{made.port}"
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}) as integrator:
        for path in islice(cycle(API), EACH):
            integrator.get(path).raise_for_status()
    with contextlib.closing(signed_in(base, link)) as browser:
        for path in islice(cycle(PAGES), EACH):
            if browser.get(path).status_code != 200:
                raise CommandFailedError(f"GET {path} as an administrator is not 200")


def signed_in(base: str, link: str) -> httpx.Client:
    """A browser's session by a one-time link, confirming where the link's page asks for it."""
    address = re.search(r"https?://\S+", link)
    if not address:
        raise CommandFailedError(f"sign-in-link printed no address: {link!r}")
    parts = urlsplit(address[0])
    browser = httpx.Client(base_url=base, follow_redirects=True, headers={"Referer": base, "Origin": base})
    page = browser.get(f"{parts.path}?{parts.query}")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    if token and browser.get("/team", follow_redirects=False).status_code != 200:
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        browser.post(str(page.url), data=hidden | {"csrfmiddlewaretoken": token[1]})
    return browser


if __name__ == "__main__":
    show(measure(parse_options("Start and memory of the server.")))
