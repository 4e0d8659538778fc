"""Packs what pages load into the wheel, so that an installed product has nothing to build."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackStaticFiles(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # An editable install is a checkout: tools/install.py and `leadkeeper serve` pack there.
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "src"))
        from leadkeeper.web.packing.pack import PACKED, pack

        pack()
        build_data["artifacts"].append(f"/{PACKED.relative_to(self.root).as_posix()}/")
