"""Settings of the tests: the product's own, on a throw-away SQLite file or a real PostgreSQL.

LEADKEEPER_TEST_DATABASE=postgres runs the suite on the PostgreSQL that comes as a wheel; a postgres:// address
there uses that server instead. Every run has a folder and a server of its own, and leaves nothing behind.
"""

import atexit
import contextlib
import os
import tempfile
from pathlib import Path

from tests.postgres import server_of_the_run

# The first process of a run makes these, and the test processes that it starts find them here.
_FOLDER = "LEADKEEPER_TEST_FOLDER"
_DATABASE = "LEADKEEPER_TEST_DATABASE"

for _name in [name for name in os.environ if name.startswith(("CLERK_", "DIRECTORY_", "LEADKEEPER_"))]:
    if _name not in (_FOLDER, _DATABASE):
        del os.environ[_name]
# Commands speak the language of the terminal.
os.environ["LC_ALL"] = "C.UTF-8"
_at_the_end = contextlib.ExitStack()
atexit.register(_at_the_end.close)
if _FOLDER not in os.environ:
    _made = tempfile.TemporaryDirectory(prefix="leadkeeper-tests-", ignore_cleanup_errors=True)
    os.environ[_FOLDER] = _at_the_end.enter_context(_made)
_folder = Path(os.environ[_FOLDER])
if os.environ.get(_DATABASE) == "postgres":
    os.environ[_DATABASE] = _at_the_end.enter_context(server_of_the_run(_folder)).database().url
_chosen = os.environ.get(_DATABASE, "sqlite")
os.environ["SECRET_KEY"] = "only for tests"
os.environ["DATABASE_URL"] = f"sqlite:///{_folder}/tests.db" if _chosen == "sqlite" else _chosen

from leadkeeper.project.settings import *  # noqa: E402, F403
from leadkeeper.project.settings import DATABASES, ENVIRONMENT  # noqa: E402

DATABASES = {"default": dict(DATABASES["default"])}
if ENVIRONMENT.is_sqlite:
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/tests-of-a-process.db"}
    # What is under test here survives no power cut; the tests that kill servers use the product's own setting.
    _options = dict(DATABASES["default"]["OPTIONS"])  # type: ignore[call-overload]
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["OPTIONS"] = _options
else:
    DATABASES["default"]["TEST"] = {"NAME": _folder.name.replace("-", "_")}

CLERK_WEBHOOK_SECRETS = ("whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHM=",)
LANGUAGE_CODE = "en"
LOGGING = None
