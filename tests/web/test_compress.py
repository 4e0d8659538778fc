"""Pages and JSON go out compressed, each at a length of its own."""

import gzip
from collections.abc import Callable

import brotli
import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from leadkeeper.team.models import Membership
from leadkeeper.web.compress import CompressionMiddleware
from tests.conftest import MakePerson

PAGE = b"<p>" + b"Leads, newest first. " * 100

UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


def answered(answer: HttpResponseBase, accepted: str) -> HttpResponseBase:
    """What becomes of an answer to a browser that accepts these codings."""

    def get_response(_request: HttpRequest) -> HttpResponseBase:
        return answer

    return CompressionMiddleware(get_response)(RequestFactory().get("/", headers={"Accept-Encoding": accepted}))


class TestCompressionMiddleware:
    @pytest.mark.parametrize(
        ("accepted", "coding"),
        [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip, deflate", "gzip"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("br;q=0.0,gzip", "gzip"),
            ("gzip;q=1.0, br;q=0.01", "br"),
        ],
    )
    def test_takes_the_best_coding_that_is_accepted(self, accepted: str, coding: str) -> None:
        answer = answered(HttpResponse(PAGE), accepted)
        assert isinstance(answer, HttpResponse)
        assert answer["Content-Encoding"] == coding
        assert UNPACK[coding](answer.content) == PAGE
        assert answer["Content-Length"] == str(len(answer.content))
        assert answer["Vary"] == "Accept-Encoding"

    @pytest.mark.parametrize("accepted", ["", "identity", "deflate", "gzip;q=0, br; q=0", "brr, xgzip"])
    def test_leaves_it_to_browsers_that_accept_none(self, accepted: str) -> None:
        answer = answered(HttpResponse(PAGE), accepted)
        assert isinstance(answer, HttpResponse)
        assert answer.content == PAGE
        assert "Content-Encoding" not in answer
        assert answer["Vary"] == "Accept-Encoding"

    def test_leaves_short_answers(self) -> None:
        assert "Content-Encoding" not in answered(HttpResponse(b"short"), "gzip")

    def test_leaves_streams_and_what_is_compressed_already(self) -> None:
        assert "Content-Encoding" not in answered(StreamingHttpResponse([PAGE]), "gzip")
        before = HttpResponse(gzip.compress(PAGE * 100), headers={"Content-Encoding": "gzip"})
        answer = answered(before, "br")
        assert isinstance(answer, HttpResponse)
        assert gzip.decompress(answer.content) == PAGE * 100

    def test_the_same_page_differs_in_length(self) -> None:
        lengths = {len(answered(HttpResponse(PAGE), "br")["X-Padding"]) for _ in range(50)}
        assert len(lengths) > 10
        assert max(lengths) <= 100


def test_pages_and_json_are_compressed(person: MakePerson, client_of: Callable[[Membership], Client]) -> None:
    browser = client_of(person("owner"))
    for path in ("/leads", "/api/openapi.json"):
        answer = browser.get(path, headers={"Accept-Encoding": "br"})
        assert answer["Content-Encoding"] == "br"
        assert len(answer.content) * 2 < len(brotli.decompress(answer.content))
