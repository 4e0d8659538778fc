"""One visit to Clerk, over HTTP, to the sandbox and to servers that answer worse."""

import time
from email.utils import formatdate

import pytest

from leadkeeper.project.checks import clerk
from leadkeeper.project.checks.clerk import Visit, judge_skew
from sandbox.faults import Fault
from tests.clerk.stub import serving


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """No second tries: what they do is told by the tests of the client."""
    monkeypatch.setattr(clerk, "_GIVE_UP_AFTER_S", 0.0)


@pytest.fixture
def clerk_at(settings):
    """Points the settings at an address, with a key."""

    def point(url):
        settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = url, "sk_test_of_the_stub"

    return point


class TestTheKey:
    def test_that_is_right_is_told_with_what_it_sees(self, sandbox):
        finding = Visit().key()
        assert (finding.status, finding.detail) == ("ok", "Clerk takes the key, and counts 12 people.")

    def test_that_is_wrong(self, sandbox, settings):
        settings.CLERK_SECRET_KEY = "sk_test_of_another"
        finding = Visit().key()
        assert finding.status == "problem"
        assert "401" in finding.detail
        assert "CLERK_SECRET_KEY" in finding.detail
        assert "of_another" not in finding.detail + finding.remedy

    def test_that_may_not(self, clerk_at):
        with serving((403, {"errors": []})) as stub:
            clerk_at(stub.url)
            finding = Visit().key()
        assert finding.status == "problem"
        assert "403" in finding.detail

    def test_that_is_not_set(self, settings):
        settings.CLERK_SECRET_KEY = ""
        finding = Visit().key()
        assert finding.status == "warning"
        assert "CLERK_SECRET_KEY is not set" in finding.detail

    @pytest.mark.parametrize("odd", ["whsec_dGhlIHNlY3JldA==", "hunter2", "sk_test_with a space", "sk_ünlikely"])
    def test_what_is_none_is_sent_nowhere(self, sandbox, settings, odd):
        settings.CLERK_SECRET_KEY = odd
        visit = Visit()
        finding = visit.key()
        assert finding.status == "problem"
        assert odd not in finding.detail + finding.remedy
        visit.clock()
        assert "authorization" not in sandbox.api.last_request.headers
        assert sandbox.api.calls["count"] == 0

    def test_where_nobody_listens(self, clerk_at):
        clerk_at("http://127.0.0.1:9")
        finding = Visit().key()
        assert (finding.status, finding.detail) == ("problem", "Clerk cannot be reached (ConnectError).")
        assert "CLERK_API_URL" in finding.remedy

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (Fault("500"), "(500)"),
            (Fault("429"), "(429)"),
            (Fault("garbage"), "not JSON"),
            (Fault("hang", seconds=0.05), "cannot be reached"),
        ],
    )
    def test_where_clerk_misbehaves(self, sandbox, fault, words):
        sandbox.faults.add(fault)
        finding = Visit().key()
        assert finding.status == "problem"
        assert words in finding.detail

    @pytest.mark.parametrize(
        ("listed", "words"),
        [
            ({"data": [{"id": "user_a"}], "total_count": 1}, "not a list"),
            ({"users": []}, "not a list"),
            ("user_a", "not a list"),
            (7, "not a list"),
            (b"null", "not JSON"),
            ([{"user_id": "user_a"}], "is unreadable"),
            (["user_a", "user_b"], "is unreadable"),
            ([[{"id": "user_a"}]], "is unreadable"),
            ([{"id": "user_a", "updated_at": "yesterday"}], "is unreadable"),
            ([], "lists nobody"),
        ],
    )
    def test_a_list_of_the_wrong_shape_is_a_problem_however_well_it_counts(self, clerk_at, listed, words):
        with serving((200, {"total_count": 12}), (200, listed)) as stub:
            clerk_at(stub.url)
            finding = Visit().key()
        assert finding.status == "problem"
        assert words in finding.detail
        assert "CLERK_API_URL" in finding.remedy

    def test_one_odd_person_among_others_is_no_problem_of_the_key(self, clerk_at):
        with serving((200, {"total_count": 2}), (200, [{"id": "user_a"}, {"id": 7}])) as stub:
            clerk_at(stub.url)
            assert Visit().key().status == "ok"

    def test_nobody_yet_is_fine(self, clerk_at):
        with serving((200, {"total_count": 0}), (200, [])) as stub:
            clerk_at(stub.url)
            assert Visit().key().status == "ok"

    def test_an_answer_too_late(self, sandbox, monkeypatch):
        sandbox.faults.add(Fault("hang", seconds=30))
        monkeypatch.setattr(clerk.provider, "current", lambda: _hasty)
        assert Visit().key().detail == "Clerk did not answer in time."


def _hasty(*, give_up_after_s):
    from leadkeeper.clerk.backend_api import ClerkDirectory

    return ClerkDirectory(give_up_after_s=give_up_after_s, answer_within_s=0.2)


class TestTheInstance:
    def test_is_the_one_of_the_key(self, sandbox):
        finding = Visit().instance()
        assert finding.status == "ok"
        assert sandbox.instance_id in finding.detail

    def test_is_another(self, sandbox, settings):
        settings.CLERK_INSTANCE_ID = "ins_another"
        finding = Visit().instance()
        assert finding.status == "problem"
        assert "ins_another" in finding.detail
        assert sandbox.instance_id in finding.detail

    def test_that_is_not_set_could_be(self, sandbox, settings):
        settings.CLERK_INSTANCE_ID = ""
        finding = Visit().instance()
        assert finding.status == "warning"
        assert f"CLERK_INSTANCE_ID={sandbox.instance_id}" in finding.remedy

    def test_what_is_none(self, sandbox, settings):
        settings.CLERK_INSTANCE_ID = "sk_test_pasted_wrongly"
        finding = Visit().instance()
        assert finding.status == "problem"
        assert "pasted" not in finding.detail
        assert not sandbox.api.calls

    @pytest.mark.parametrize(
        "answer",
        [
            (404, {"errors": [{"code": "resource_not_found"}]}),
            (200, b"<!doctype html>"),
            (200, []),
            (200, {"id": 7}),
            (200, {"id": "sk_live_odd"}),
            (500, {}),
        ],
    )
    def test_of_which_clerk_says_nothing(self, clerk_at, answer):
        with serving(answer) as stub:
            clerk_at(stub.url)
            assert Visit().instance().status == "warning"

    def test_without_a_key_nobody_is_asked(self, settings):
        settings.CLERK_SECRET_KEY, settings.CLERK_API_URL = "", "http://127.0.0.1:9"
        assert Visit().instance().status == "ok"


class TestTheClock:
    @pytest.mark.parametrize(
        ("ahead", "status"),
        [(0, "ok"), (59, "ok"), (-60, "ok"), (61, "warning"), (-61, "warning"), (240, "warning"), (241, "problem")],
    )
    def test_by_seconds(self, ahead, status):
        assert judge_skew(ahead).status == status
        assert judge_skew(-ahead).status == status

    def test_says_in_which_direction(self):
        assert "100 s ahead" in judge_skew(100).detail
        assert "100 s behind" in judge_skew(-100).detail

    @pytest.mark.parametrize(
        ("theirs_ahead", "status"), [(0, "ok"), (120, "warning"), (-120, "warning"), (600, "problem")]
    )
    def test_is_read_from_the_answer(self, sandbox, monkeypatch, theirs_ahead, status):
        def shifted(handler, timestamp=None):
            return formatdate(time.time() + theirs_ahead, usegmt=True)

        monkeypatch.setattr("sandbox.server._Handler.date_time_string", shifted)
        assert Visit().clock().status == status

    def test_also_from_a_refusal(self, sandbox, settings):
        settings.CLERK_SECRET_KEY = "sk_test_of_another"
        assert Visit().clock().status == "ok"

    @pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
    def test_an_odd_date_compares_nothing(self, sandbox, monkeypatch, date):
        monkeypatch.setattr("sandbox.server._Handler.date_time_string", lambda handler, timestamp=None: date)
        assert Visit().clock().status == "warning"

    def test_of_nobody(self, clerk_at):
        clerk_at("http://127.0.0.1:9")
        assert Visit().clock().status == "warning"

    def test_nobody_is_asked_where_clerk_is_not_used(self, settings):
        settings.CLERK_SECRET_KEY, settings.CLERK_WEBHOOK_SECRETS = "", ()
        settings.CLERK_API_URL = "http://127.0.0.1:9"
        assert Visit().clock().status == "ok"

    def test_is_asked_together_with_the_instance(self, sandbox):
        visit = Visit()
        visit.instance()
        visit.clock()
        assert sandbox.api.calls["instance"] == 1
