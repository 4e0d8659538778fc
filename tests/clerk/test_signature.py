"""Signatures over raw bytes, against the recorded sample and against the reference library."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from leadkeeper.clerk.signature import Secret, verified_id

SAMPLES = Path(__file__).parent / "samples"
BODY = (SAMPLES / "user.created.body").read_bytes()
RECORDED = json.loads((SAMPLES / "user.created.headers.json").read_text())
CURRENT, PREVIOUS = Secret.parse(RECORDED["secret"]), Secret.parse(RECORDED["previous_secret"])
NOW = int(RECORDED["headers"]["svix-timestamp"])


def headers(kind="headers", family="svix", **changes):
    recorded = {name: value for name, value in RECORDED[kind].items() if name.startswith("svix")}
    named = {name.replace("svix", family).encode(): value.encode() for name, value in recorded.items()}
    return named | {name.replace("_", "-").encode(): value for name, value in changes.items()}


class TestVerifiedId:
    @pytest.mark.parametrize("family", ["svix", "webhook"])
    def test_both_header_families(self, family):
        assert verified_id(headers(family=family), BODY, (CURRENT,), now=NOW) == RECORDED["headers"]["svix-id"]

    @pytest.mark.parametrize("secrets", [(CURRENT,), (PREVIOUS,), (PREVIOUS, CURRENT)])
    def test_during_a_rotation_either_secret_is_enough(self, secrets):
        assert verified_id(headers("headers_during_rotation"), BODY, secrets, now=NOW)

    def test_the_old_secret_alone_is_not_enough_after_it(self):
        assert verified_id(headers(), BODY, (PREVIOUS,), now=NOW) is None

    @pytest.mark.parametrize("late", [-301, 301])
    def test_five_minutes_either_way(self, late):
        assert verified_id(headers(), BODY, (CURRENT,), now=NOW + late) is None
        assert verified_id(headers(), BODY, (CURRENT,), now=NOW + late * 300 // 301)

    def test_one_changed_byte(self):
        assert verified_id(headers(), BODY + b" ", (CURRENT,), now=NOW) is None

    @pytest.mark.parametrize("name", ["svix-id", "svix-timestamp", "svix-signature"])
    def test_a_missing_header(self, name):
        incomplete = {key: value for key, value in headers().items() if key != name.encode()}
        assert verified_id(incomplete, BODY, (CURRENT,), now=NOW) is None

    @given(st.binary(max_size=60), st.binary(max_size=20), st.binary(max_size=60), st.binary(max_size=60))
    def test_whatever_strangers_send_is_refused_without_an_error(self, id_, timestamp, signature, body):
        sent = {b"svix-id": id_, b"svix-timestamp": timestamp, b"svix-signature": b"v1," + signature}
        assert verified_id(sent, body, (CURRENT,), now=NOW) is None

    @given(st.text(max_size=200), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
    def test_agrees_with_the_reference_library(self, body, message_id):
        at = datetime.fromtimestamp(NOW, UTC)
        signature = Webhook(RECORDED["secret"]).sign(message_id, at, body)
        sent = headers(svix_id=message_id.encode(), svix_signature=signature.encode())
        assert verified_id(sent, body.encode(), (CURRENT,), now=NOW) == message_id

    def test_an_endless_id_is_kept_by_its_hash(self):
        import hashlib
        import hmac

        signed = b".".join((b"x" * 9000, str(NOW).encode(), b"{}"))
        signature = b"v1," + base64.b64encode(hmac.new(CURRENT.key, signed, hashlib.sha256).digest())
        sent = headers(svix_id=b"x" * 9000, svix_signature=signature)
        assert verified_id(sent, b"{}", (CURRENT,), now=NOW).startswith("sha256:")


class TestSecret:
    @pytest.mark.parametrize("text", ["whsec_", "whsec_é", "whsec_a"])
    def test_nonsense_is_refused(self, text):
        with pytest.raises(ValueError):  # noqa: PT011
            Secret.parse(text)
