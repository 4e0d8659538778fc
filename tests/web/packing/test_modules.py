"""Many modules become one script. That it does the same is tried in a browser: tests/browser/test_packing.py."""

import pytest

from leadkeeper.web.packing.errors import PackingError
from leadkeeper.web.packing.modules import join_modules, modules_of
from tests.web.packing.conftest import Write


class TestJoinModules:
    def test_makes_each_module_a_function_in_the_order_of_the_imports(self, write: Write) -> None:
        path = write(
            {
                "js/main.js": 'import "./rows.js";\n',
                "js/rows.js": '// Rows.\nimport { open, shut as close } from "./door.js";\n\n'
                "export const rows = () => {\n  open(close);\n};\n",
                "js/door.js": "export function open() {}\nexport async function shut() {}\n",
            }
        )
        assert join_modules(path) == (
            "const js_door = (() => {\nfunction open() {}\nasync function shut() {}\nreturn { open, shut };\n})();\n"
            "const js_rows = (() => {\nconst { open, shut: close } = js_door;\nconst rows = () => {\nopen(close);\n};\n"
            "return { rows };\n})();\n"
            "(() => {\n})();\n"
        )

    def test_a_default_export_goes_by_the_name_that_its_importer_gives_it(self, write: Write) -> None:
        joined = join_modules(
            write(
                {
                    "js/main.js": 'import Chooser from "../vendor/combobox-nav.js";\nnew Chooser();\n',
                    "vendor/combobox-nav.js": "export default class Combobox {}\n",
                }
            )
        )
        assert "return { default: Combobox };" in joined
        assert "const { default: Chooser } = vendor_combobox_nav;" in joined

    def test_takes_each_module_once(self, write: Write) -> None:
        path = write(
            {
                "js/main.js": 'import "./a.js";\nimport "./b.js";\n',
                "js/a.js": 'import { c } from "./c.js";\n',
                "js/b.js": 'import { c } from "./c.js";\n',
                "js/c.js": "export const c = 1;\n",
            }
        )
        assert join_modules(path).count("const c = 1;") == 1
        assert [module.name for module in modules_of(path)] == ["c.js", "a.js", "b.js", "main.js"]

    @pytest.mark.parametrize(
        "line",
        [
            'import * as all from "./a.js";',
            "import { a } from './a.js';",
            'import { a } from "library";',
            "export { a };",
            "export let a = 1;",
            'export * from "./a.js";',
            'export const a = () => import("./b.js");',
            'const address = new URL("./a.js", import.meta.url);',
            'const answer = await fetch("/");',
            'const { a, b } = await fetch("/");',
            'await fetch("/");',
            "const text = `one",
        ],
    )
    def test_refuses_a_form_that_it_does_not_know(self, write: Write, line: str) -> None:
        with pytest.raises(PackingError, match=r"main\.js: ") as refused:
            join_modules(write({"js/main.js": f"const before = 1;\n{line}\n", "js/a.js": "", "js/b.js": ""}))
        assert line.removeprefix("export ") in str(refused.value)

    def test_a_function_may_wait(self, write: Write) -> None:
        path = write({"js/main.js": "async function go() {\n  const a = await fetch('/');\n  await a.text();\n}\n"})
        assert "await a.text();" in join_modules(path)

    def test_refuses_modules_that_import_each_other(self, write: Write) -> None:
        path = write({"js/main.js": 'import "./a.js";\n', "js/a.js": 'import "./main.js";\n'})
        with pytest.raises(PackingError, match=r"main\.js: imports itself by way of .*a\.js"):
            join_modules(path)

    def test_names_the_module_that_is_missing(self, write: Write) -> None:
        with pytest.raises(PackingError, match=r"a\.js: is imported, but"):
            join_modules(write({"js/main.js": 'import "./a.js";\n'}))
