"""What the API writes is what Django's encoder would write."""

import json
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.test import RequestFactory
from ninja.responses import NinjaJSONEncoder

from leadkeeper.project.api_output import JsonRenderer
from leadkeeper.team.roles import Role

WHEN = datetime(2026, 11, 28, 12, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        WHEN,
        WHEN.replace(microsecond=120_000),
        WHEN.replace(microsecond=123_999),
        WHEN.replace(microsecond=1),
        WHEN.astimezone(timezone(-timedelta(hours=3))),
        date(2026, 11, 28),
        uuid.uuid4(),
        Role.SDR,
        'João \u2028 🙂 "quoted" </script>',
        [],
        {},
        None,
        True,
        0.5,
        10**15,
    ],
)
def test_every_kind_of_value_as_before(value: Any) -> None:
    data = {"items": [{"value": value, "again": [value]}], "next": None}
    written = JsonRenderer().render(RequestFactory().get("/api/leads"), data, response_status=200)
    assert json.loads(written) == json.loads(json.dumps(data, cls=NinjaJSONEncoder))
