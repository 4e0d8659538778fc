"""`python -m leadkeeper.web.packing`: pack what pages load, where it is not packed yet. Needs no settings."""

import sys

from leadkeeper.web.packing.errors import PackingError
from leadkeeper.web.packing.pack import is_current, pack

try:
    if not is_current():
        pack()
except (PackingError, OSError) as error:
    sys.exit(f"Styles and scripts are not packed, so pages load more files than they need: {error}")
