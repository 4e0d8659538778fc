"""Many stylesheets become one that says the same."""

import pytest

from leadkeeper.web.packing.errors import PackingError
from leadkeeper.web.packing.stylesheets import join_stylesheets, sheets_of
from tests.web.packing.conftest import Write

MAIN = '@layer a, b;\n\n@import url("a.css") layer(a);\n@import url("parts/b.css") layer(b);\n\n.last { color: red; }\n'


class TestJoinStylesheets:
    def test_puts_each_import_into_its_layer(self, write: Write) -> None:
        path = write({"main.css": MAIN, "a.css": ".a { margin: 0; }\n", "parts/b.css": ".b {\n  margin: 1px;\n}\n"})
        assert join_stylesheets(path) == (
            "@layer a, b;\n"
            "@layer a {\n.a { margin: 0; }\n}\n"
            "@layer b {\n.b {\nmargin: 1px;\n}\n}\n"
            ".last { color: red; }\n"
        )

    def test_leaves_out_comments_but_not_what_looks_like_one_in_a_text(self, write: Write) -> None:
        path = write({"main.css": "/* one\n two */\n.a { content: '/* text */'; /* three */ color: red; }\n"})
        assert join_stylesheets(path) == ".a { content: '/* text */';  color: red; }\n"

    def test_keeps_the_blank_before_a_pseudo_class(self, write: Write) -> None:
        path = write({"main.css": ".a {\n  > .b :is(h1, h2) { color: red; }\n}\n"})
        assert "> .b :is(h1, h2)" in join_stylesheets(path)

    @pytest.mark.parametrize(
        "text",
        [
            '@import "a.css";\n',
            '@import url("a.css");\n',
            '@import url("a.css") layer(a) screen;\n',
            ".a { background: url(picture.png); }\n",
        ],
    )
    def test_refuses_what_refers_to_another_file_in_another_way(self, write: Write, text: str) -> None:
        with pytest.raises(PackingError, match=r"main\.css: '(@import|url\()"):
            join_stylesheets(write({"main.css": text, "a.css": ""}))

    def test_refuses_an_import_inside_an_import(self, write: Write) -> None:
        path = write({"main.css": MAIN, "a.css": '@import url("c.css") layer(c);\n', "parts/b.css": ""})
        with pytest.raises(PackingError, match=r"a\.css: '@import'"):
            join_stylesheets(path)

    def test_names_the_file_that_is_missing(self, write: Write) -> None:
        with pytest.raises(PackingError, match=r"a\.css: is imported, but"):
            join_stylesheets(write({"main.css": MAIN}))


def test_sheets_of_names_every_part(write: Write) -> None:
    path = write({"main.css": MAIN, "a.css": "", "parts/b.css": ""})
    assert [sheet.name for sheet in sheets_of(path)] == ["a.css", "b.css", "main.css"]
