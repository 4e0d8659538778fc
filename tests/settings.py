"""Settings of the tests: the product's own, on a throw-away SQLite file or a real PostgreSQL.

LEADKEEPER_TEST_DATABASE=postgres runs the suite on the PostgreSQL that comes as a wheel; a postgres:// address
there uses that server instead.
"""

import os
import tempfile
from pathlib import Path

from tests import postgres

_chosen = os.environ.get("LEADKEEPER_TEST_DATABASE", "sqlite")
_folder = Path(tempfile.gettempdir()) / f"leadkeeper-tests-{os.getuid()}"
_folder.mkdir(exist_ok=True)

for _name in [name for name in os.environ if name.startswith(("CLERK_", "DIRECTORY_", "LEADKEEPER_"))]:
    if _name != "LEADKEEPER_TEST_DATABASE":
        del os.environ[_name]
os.environ["SECRET_KEY"] = "only for tests"
if _chosen == "sqlite":
    os.environ["DATABASE_URL"] = f"sqlite:///{_folder}/tests.db"
else:
    os.environ["DATABASE_URL"] = postgres.address(_chosen, _folder)

from leadkeeper.project.settings import *  # noqa: E402, F403
from leadkeeper.project.settings import DATABASES, ENVIRONMENT  # noqa: E402

DATABASES = {"default": dict(DATABASES["default"])}
if ENVIRONMENT.is_sqlite:
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/tests-{os.getppid()}.db"}
    # What is under test here survives no power cut; the tests that kill servers use the product's own setting.
    _options = dict(DATABASES["default"]["OPTIONS"])  # type: ignore[call-overload]
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["OPTIONS"] = _options
else:
    DATABASES["default"]["TEST"] = {"NAME": f"leadkeeper_tests_{os.getppid()}"}

CLERK_WEBHOOK_SECRETS = ("whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHM=",)
LANGUAGE_CODE = "en"
LOGGING = None
