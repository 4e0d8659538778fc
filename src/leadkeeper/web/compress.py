"""Pages and JSON go out compressed: by brotli, else by gzip. (Static files are compressed beforehand, by `packing`.)

An answer that repeats what an attacker sent beside a secret can give the secret away by its size when compressed
(BREACH, https://www.breachattack.com). Here the CSRF token is masked anew in every answer. SameSite=Lax cookies go
along only when the victim's browser is made to visit a page, and Cross-Origin-Opener-Policy allows that once a
window. And every answer is lengthened at random, as Django's own GZipMiddleware does it ("Heal the BREACH",
https://ieeexplore.ieee.org/document/9754554).
"""

import gzip
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Final

import brotli
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

# Below this the headers of one packet weigh more than what is saved.
_LEAST_BYTES: Final = 500
# Measured in docs/decisions/0005-pages-travel-light.md.
_BROTLI_QUALITY: Final = 4
_GZIP_LEVEL: Final = 4
_LONGEST_PADDING: Final = 100
# A coding that is not refused by `;q=0`.
_ACCEPTED: Final = re.compile(r"\b(br|gzip)\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


def _brotli(content: bytes) -> bytes:
    compressed: bytes = brotli.compress(content, quality=_BROTLI_QUALITY)
    return compressed


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=_GZIP_LEVEL, mtime=0)


# The better one first.
_COMPRESS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"br": _brotli, "gzip": _gzip}


class CompressionMiddleware:
    """Compresses whole answers. One that streams is passed on as it is: whoever streams may compress each piece."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self._get_response(request)
        if isinstance(answer, HttpResponse) and len(answer.content) >= _LEAST_BYTES:
            patch_vary_headers(answer, ["Accept-Encoding"])
            _compress(answer, request.headers.get("Accept-Encoding", ""))
        return answer


def _compress(answer: HttpResponse, accepted: str) -> None:
    codings = set(_ACCEPTED.findall(accepted))
    coding = next((coding for coding in _COMPRESS if coding in codings), None)
    if coding is None or answer.has_header("Content-Encoding"):
        return
    answer.content = _COMPRESS[coding](answer.content)
    answer["Content-Encoding"] = coding
    answer["Content-Length"] = str(len(answer.content))
    answer["X-Padding"] = "0" * secrets.randbelow(_LONGEST_PADDING + 1)
