"""Make .venv with the product, and with --dev what developing it needs. Needs nothing but Python itself.

Written for old Pythons too, so that they can be told in a sentence that they are too old.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def main(arguments):
    if sys.version_info < OLDEST:
        sys.exit(
            "Leadkeeper needs Python %d.%d or newer, this is %d.%d. Name a newer one: make install PYTHON=python3.12"
            % (OLDEST + sys.version_info[:2])
        )
    install("dev.txt" if "--dev" in arguments else "run.txt")
    # Every time, since what it packs changes more often than what is installed. It says itself what went wrong.
    subprocess.call([PYTHON, "-m", "leadkeeper.web.packing"])


def install(locked):
    stamp = os.path.join(VENV, "installed-" + locked)
    wanted = read(os.path.join(ROOT, "requirements", locked)) + read(os.path.join(ROOT, "pyproject.toml"))
    if os.path.exists(PYTHON) and os.path.exists(stamp) and read(stamp) == wanted:
        return
    print("Installing into .venv …", flush=True)
    uv = shutil.which("uv")
    make_venv(uv)
    command = [uv, "pip", "install", "-q", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install", "-q"]
    run(command + ["-r", os.path.join(ROOT, "requirements", locked)])
    run(command + ["--no-deps", "-e", ROOT])
    with open(stamp, "w") as file:
        file.write(wanted)


def make_venv(uv):
    if os.path.exists(PYTHON):
        return
    if uv:
        run([uv, "venv", "-q", "--python", sys.executable, VENV])
        return
    run([sys.executable, "-m", "venv", VENV], hint="On Debian and Ubuntu: apt install python3-venv")
    run([PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--upgrade", "pip"])


def run(command, hint=""):
    if subprocess.call(command) != 0:
        sys.exit("Installing stopped at: %s. %s" % (" ".join(command), hint))


def read(path):
    with open(path) as file:
        return file.read()


if __name__ == "__main__":
    main(sys.argv[1:])
