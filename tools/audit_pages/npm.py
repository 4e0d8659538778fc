"""The npm packages that judge the pages."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def install() -> None:
    """`npm ci`, where what package-lock.json names is not there yet. Exits with a sentence where it cannot."""
    if not shutil.which("node") or not shutil.which("npm"):
        sys.exit("node and npm are needed to judge pages. On Debian and Ubuntu: apt install nodejs npm")
    installed = FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and _versions(installed) == _versions(FOLDER / "package-lock.json"):
        return
    print("Installing axe-core and Lighthouse (once, about a minute) …", flush=True)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"npm ci failed: {done.stderr.strip()}")


def _versions(lock_file: Path) -> dict[str, str]:
    packages = json.loads(lock_file.read_text(encoding="utf-8"))["packages"]
    return {name: package["version"] for name, package in packages.items() if name}
