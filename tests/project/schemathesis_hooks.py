"""What the API's description says in words alone, for schemathesis, which reads `SCHEMATHESIS_HOOKS`.

Made-up values of these kinds are rightly refused; in their place it sends real ones.
"""

import os
import uuid

import schemathesis
from hypothesis import strategies as st

PERSON, LEADS = os.environ["KNOWN_PERSON"], os.environ["KNOWN_LEADS"].split(",")

schemathesis.openapi.format("cursor", st.just(""))
schemathesis.openapi.format(
    "phone",
    st.builds(
        "+55 {} 9{:04}-{:04}".format,
        st.sampled_from([11, 21, 31, 81]),
        st.integers(1000, 9999),
        st.integers(0, 9999),
    ),
)


@schemathesis.hook
def filter_query(context, query):
    # An address of more than 64 kB never reaches the product: the HTTP server answers 414 by itself.
    return len(str((query or {}).get("ids", ""))) < 4_000


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in case.headers:
        # A key that comes again is of another request here.
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if case.query and case.query.get("assigned_to") == "me":
        # A key is no person.
        case.query["assigned_to"] = "none"
    if isinstance(case.body, dict):
        case.body = {name: _real(name, value) for name, value in case.body.items()}
        if not case.body.get("phone"):
            # An extension needs a number, and a lead found along a link may have none.
            case.body.pop("phone_extension", None)
        if case.method == "PATCH":
            # Of phone number and e-mail address one must remain, and which of them the lead has nobody here knows.
            case.body = {name: value for name, value in case.body.items() if value or name not in ("phone", "email")}


def _real(name, value):
    if name == "name" and not any(char.isalnum() for char in value):
        return f"{value[:-1]}a"
    if name == "assigned_to" and value is not None:
        return PERSON
    if name == "away_until" and value is not None:
        return "2999-12-31"
    if name == "to":
        return [PERSON]
    if name == "from" and value is not None:
        return "none"
    if name == "lead_ids" and value is not None:
        return LEADS
    if name == "plan":
        return ""
    return value
