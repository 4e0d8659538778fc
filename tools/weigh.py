"""What pages weigh, and what compressing them costs: the figures of docs/decisions/0004-pages-travel-light.md.

python -m tools.weigh
"""

import gzip
import time
from collections.abc import Callable

import brotli
from playwright.sync_api import sync_playwright

from leadkeeper.web.packing.modules import modules_of
from leadkeeper.web.packing.pack import PACKED, SOURCES, pack
from leadkeeper.web.packing.stylesheets import sheets_of
from tests.browser import chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.test_weight import visit
from tools.audit_pages.product import filled_product, sign_in
from tools.audit_pages.states import OWNER

MEASURED_FOR_S = 1.0


def main() -> None:
    """Print three tables: what is packed, a page under every compression, and what a browser fetches."""
    _packed()
    with filled_product() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=ARGUMENTS)
        signed_in = browser.new_context(locale="en-US")
        page = signed_in.new_page()
        sign_in(page, product, OWNER)
        _compressed(page.request.get(f"{product.url}/leads").body())
        context = browser.new_context(storage_state=signed_in.storage_state())
        for name in ("cold", "warm"):
            fetched = [one for one in visit(context, product, "/leads") if one.bytes or name == "cold"]
            print(f"\nlist of leads, {name}: {len(fetched)} requests, {sum(one.bytes for one in fetched):,} bytes")
            for one in fetched:
                print(f"  {one.bytes:>8,}  {one.path}")
        browser.close()


def _packed() -> None:
    manifest = pack()
    print(f"{'packed':<22}{'sources':>10}{'brotli':>10}{'packed':>10}{'brotli':>10}")
    for name, packed in manifest.items():
        path = SOURCES / name
        sources = sheets_of(path) if name.endswith(".css") else modules_of(path) if name == "js/main.js" else [path]
        before = b"".join(source.read_bytes() for source in sources)
        after = (PACKED / packed).read_bytes()
        sizes = (len(before), len(brotli.compress(before)), len(after), len(brotli.compress(after)))
        print(f"{name:<22}" + "".join(f"{size:>10,}" for size in sizes))


def _compressed(page: bytes) -> None:
    print(f"\na list of fifty leads, {len(page):,} bytes{'ms':>12}")
    for level in (1, 4, 6, 9):
        _measure(f"gzip {level}", lambda level=level: gzip.compress(page, level))
    for quality in (1, 3, 4, 5, 11):
        _measure(f"brotli {quality}", lambda quality=quality: brotli.compress(page, quality=quality))


def _measure(name: str, compress: Callable[[], bytes]) -> None:
    """The least time counts: whatever else the machine does only adds to it."""
    least, ends = float("inf"), time.monotonic() + MEASURED_FOR_S
    while time.monotonic() < ends:
        began = time.process_time()
        compressed = compress()
        least = min(least, time.process_time() - began)
    print(f"  {name:<12}{len(compressed):>10,}{least * 1000:>18.2f}")


if __name__ == "__main__":
    main()
