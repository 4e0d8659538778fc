"""Where somebody was on our pages, as headers say it."""

from urllib.parse import urlsplit


def own_path(address: str) -> str:
    """Path and query of the address of one of our pages, as `Referer` or `HX-Current-URL` gives it; else "".

    Whatever host it names is left out: it may be anybody's.
    """
    try:
        return urlsplit(address)._replace(scheme="", netloc="", fragment="").geturl()
    except ValueError:
        return ""
