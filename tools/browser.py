"""Make sure that the tests have a Chromium to drive: the system's, else Debian's package, else Playwright's own."""

import os
import shutil
import subprocess
import sys

from tests.browser.chromium import find


def main() -> None:
    """Install a browser where none is found; exits with a sentence when that fails."""
    if find():
        return
    print("Installing Chromium for the browser tests …", flush=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], env=environment, check=False)
    if not find():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if not find():
        sys.exit("No Chromium could be installed. Install one and run again: apt install chromium")


if __name__ == "__main__":
    main()
