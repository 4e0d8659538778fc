"""The Backend API client, against the sandbox, and against a server that answers what Clerk never should."""

import logging

import pytest

from leadkeeper.clerk.backend_api import ClerkDirectory
from leadkeeper.directory.people.change import Deleted, Origin
from leadkeeper.directory.provider import (
    CursorGone,
    CursorRefused,
    NotConfigured,
    ProviderRefuses,
    ProviderUnavailable,
)
from leadkeeper.team.roles import Role
from sandbox import NewPerson, Sandbox
from sandbox.faults import Fault
from tests.clerk.stub import serving

GONE = {"errors": [{"code": "resource_not_found", "message": "not found"}], "clerk_trace_id": "trace_1"}


class Clock:
    """Time that passes only while one sleeps."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sandbox(settings):
    with Sandbox(None, "http://127.0.0.1:9/", people=12) as sandbox:
        sandbox.webhooks.pause(True)
        settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = sandbox.url, sandbox.secret_key
        yield sandbox


@pytest.fixture
def clerk(sandbox, clock):
    with ClerkDirectory(clock=clock, sleep=clock.sleep) as directory:
        yield directory


@pytest.fixture
def clerk_at(settings, clock):
    """A directory at a stub."""

    def open_at(stub, **patience):
        settings.CLERK_API_URL, settings.CLERK_SECRET_KEY = stub.url, "sk_test_of_the_stub"
        return ClerkDirectory(clock=clock, sleep=clock.sleep, **patience)

    return open_at


class TestConfiguration:
    def test_without_a_key_it_says_which_setting_is_missing(self, settings):
        settings.CLERK_SECRET_KEY = ""
        with pytest.raises(NotConfigured, match="CLERK_SECRET_KEY"):
            ClerkDirectory()

    @pytest.mark.parametrize("key", ["sk_test_“quoted”", "sk_test one two", "sk_test\nx"])
    def test_a_mangled_key_is_told_before_it_is_sent(self, settings, key):
        settings.CLERK_SECRET_KEY = key
        with pytest.raises(NotConfigured, match="CLERK_SECRET_KEY"):
            ClerkDirectory.require_configured()


class TestAsking:
    def test_sends_key_version_and_an_encoded_plus(self, clerk_at):
        with serving((200, [])) as stub, clerk_at(stub) as clerk:
            clerk.page()
            clerk.page(after="user_a")
            clerk.page(offset=500)
        assert stub.asked == [
            "/v1/users?limit=500&order_by=%2Bcreated_at",
            "/v1/users?limit=500&order_by=%2Bcreated_at&starting_after=user_a",
            "/v1/users?limit=500&order_by=%2Bcreated_at&offset=500",
        ]
        assert {headers["authorization"] for headers in stub.headers} == {"Bearer sk_test_of_the_stub"}
        assert {headers["clerk-api-version"] for headers in stub.headers} == {"2026-05-12"}

    def test_counts(self, clerk):
        assert clerk.count() == 12

    def test_pages_through_2300_people_by_cursor_while_the_list_changes(self, clerk, sandbox):
        sandbox.people.add_many(NewPerson("Pessoa", str(number)) for number in range(2288))
        seen, after = [], ""
        while (page := clerk.page(after=after)).rows:
            seen += [stated.clerk_id for stated in page.people]
            after = page.last_id
            if len(seen) == 500:
                for clerk_id in seen[:3]:
                    sandbox.people.delete(clerk_id)
                sandbox.people.add(NewPerson("Late", "Comer"))
        assert len(seen) == len(set(seen)) == 2301
        assert sandbox.api.calls["list"] == 6

    def test_those_who_changed_last_come_first(self, clerk, sandbox):
        sandbox.people.add_many(NewPerson("Pessoa", str(number)) for number in range(500))
        first = clerk.page().people[0].clerk_id
        sandbox.people.edit(first, {"first_name": "Edited"})
        newest = clerk.newest()
        assert (newest.rows, newest.people[0].clerk_id) == (500, first)
        assert newest.people[0].origin is Origin.SWEEP
        times = [stated.updated_at for stated in newest.people + clerk.newest(offset=500).people]
        assert len(times) == 512
        assert times == sorted(times, reverse=True)

    def test_reads_people_as_the_webhook_would(self, clerk):
        first = clerk.page().people[0]
        assert (first.record.name, first.record.role, first.origin) == ("Ana Souza", Role.OWNER, Origin.SWEEP)
        assert first.event_at == 0
        assert first.updated_at > 1_600_000_000_000

    def test_a_refused_cursor(self, clerk, sandbox):
        sandbox.faults.cursor_refused = True
        with pytest.raises(CursorRefused):
            clerk.page(after=clerk.page().last_id)
        assert clerk.page(offset=10).rows == 2

    def test_a_cursor_that_is_gone(self, clerk):
        with pytest.raises(CursorGone):
            clerk.page(after="user_never_there")

    def test_people_by_id_are_all_there_though_a_page_has_ten_rows_by_default(self, clerk, sandbox):
        ids = [stated.clerk_id for stated in clerk.page().people]
        page = clerk.people_by_id([*ids, *(f"user_{number}" for number in range(88))])
        assert [stated.clerk_id for stated in page.people] == ids[::-1]
        assert page.people[0].origin is Origin.FETCH
        assert sandbox.api.last_request.query["limit"] == ["100"]

    def test_one_person_or_that_they_were_deleted(self, clerk, sandbox):
        clerk_id = clerk.page().people[0].clerk_id
        assert clerk.person(clerk_id).record.name == "Ana Souza"
        sandbox.people.delete(clerk_id)
        assert clerk.person(clerk_id) == Deleted(clerk_id)


class TestOddRows:
    ROWS = [
        {"id": "user_a", "first_name": "Ana"},
        {"id": "user_b", "updated_at": "yesterday"},
        {"id": ["no", "id"]},
        "not even an object",
        {"id": "user_c"},
        {"first_name": "Nobody"},
    ]

    def test_are_set_aside_with_the_reason_and_the_others_stay(self, clerk_at):
        with serving((200, self.ROWS)) as stub, clerk_at(stub) as clerk:
            page = clerk.page()
        assert [stated.clerk_id for stated in page.people] == ["user_a", "user_c"]
        assert [(odd.id, odd.row) for odd in page.odd] == [("user_b", 1), ("", 2), ("", 3), ("", 5)]
        assert "updated_at" in page.odd[0].reason
        assert (page.rows, page.last_id, page.rows_to_last_id) == (6, "user_c", 5)


class TestPassingTroubles:
    @pytest.mark.parametrize("kind", ["429", "500", "garbage", "truncated"])
    def test_are_waited_out(self, clerk, sandbox, clock, kind):
        sandbox.faults.add(Fault(kind, times=3, retry_after=7))
        assert clerk.page().rows == 12
        assert len(clock.slept) == 3
        if kind == "429":
            assert clock.slept == [7, 7, 7]
        else:
            assert clock.slept[0] < clock.slept[2]

    def test_no_answer_in_time(self, sandbox, clock):
        sandbox.faults.add(Fault("hang", seconds=5))
        with ClerkDirectory(answer_within_s=0.2, clock=clock, sleep=clock.sleep) as clerk:
            assert clerk.count() == 12
        assert len(clock.slept) == 1

    @pytest.mark.parametrize("value", ["", "soon", "-3", "1e9", "٣", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999"])
    def test_a_retry_after_that_says_nothing_means_a_pause_of_our_own(self, clerk_at, clock, value):
        headers = {"Retry-After": value.encode().decode("latin-1")}
        with serving((429, {}, headers), (200, [])) as stub, clerk_at(stub) as clerk:
            clerk.page()
        assert len(clock.slept) == 1
        assert 0 < clock.slept[0] <= 0.5

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"null", b"\xff\xfe", b"<html>", b"[" * 200_000, {"data": []}, "text", 7]
    )
    def test_gives_up_on_garbage_after_a_minute_without_success(self, clerk_at, clock, body):
        with serving((200, body)) as stub, clerk_at(stub) as clerk, pytest.raises(ProviderUnavailable, match="Gave up"):
            clerk.page()
        assert 40 < clock.now <= 60
        assert max(clock.slept) <= 10
        assert len(stub.asked) == len(clock.slept) + 1

    @pytest.mark.parametrize("body", [{}, {"total_count": "3"}, {"total_count": True}, {"total_count": -1}, []])
    def test_a_count_that_is_none_is_garbage_too(self, clerk_at, body):
        with serving((200, body)) as stub, clerk_at(stub) as clerk, pytest.raises(ProviderUnavailable):
            clerk.count()

    def test_nobody_listening_is_given_up_on(self, clerk_at, clock):
        with serving((200, [])) as stub:
            pass
        with clerk_at(stub) as clerk, pytest.raises(ProviderUnavailable, match="cannot be reached"):
            clerk.page()

    def test_a_wait_longer_than_our_patience_is_not_begun(self, clerk_at, clock):
        with serving((429, {}, {"Retry-After": "3600"})) as stub, clerk_at(stub) as clerk:
            with pytest.raises(ProviderUnavailable):
                clerk.page()
            assert clock.slept == []
            assert len(stub.asked) == 1

    def test_patience_begins_anew_after_a_success(self, clerk_at, clock):
        busy = (429, {}, {"Retry-After": "40"})
        with serving(busy, (200, []), busy, (200, [])) as stub, clerk_at(stub) as clerk:
            clerk.page()
            clerk.page()
        assert clock.slept == [40, 40]

    def test_the_trace_id_is_logged_and_the_key_never(self, clerk_at, caplog):
        trouble = {"errors": [], "clerk_trace_id": "trace_of_this_error"}
        with caplog.at_level(logging.DEBUG), serving((503, trouble), (200, [])) as stub, clerk_at(stub) as clerk:
            clerk.page()
        logged = str([vars(record) for record in caplog.records])
        assert "trace_of_this_error" in logged
        assert "sk_test_of_the_stub" not in logged


class TestRefusals:
    @pytest.mark.parametrize("status", [401, 403])
    def test_a_key_that_is_not_accepted_is_told_at_once(self, clerk_at, clock, status):
        with serving((status, {"errors": []})) as stub, clerk_at(stub) as clerk:
            with pytest.raises(ProviderRefuses, match="CLERK_SECRET_KEY"):
                clerk.page()
            assert len(stub.asked) == 1

    def test_a_wrong_key_at_the_sandbox(self, sandbox, settings):
        settings.CLERK_SECRET_KEY = "sk_test_wrong"
        with ClerkDirectory() as clerk, pytest.raises(ProviderRefuses):
            clerk.count()

    def test_a_redirect_is_not_followed_and_takes_no_key_along(self, clerk_at):
        with serving((200, [])) as other:
            moved = (302, b"", {"Location": f"{other.url}/v1/users"})
            with serving(moved) as stub, clerk_at(stub) as clerk, pytest.raises(ProviderRefuses, match="CLERK_API_URL"):
                clerk.page()
            assert other.asked == []

    def test_a_404_of_somebody_else_deletes_nobody(self, clerk_at):
        for body in (b"<html>not found</html>", {}, {"errors": [{"code": "url_not_found"}]}):
            with serving((404, body)) as stub, clerk_at(stub) as clerk, pytest.raises(ProviderRefuses):
                clerk.person("user_a")
        with serving((404, GONE)) as stub, clerk_at(stub) as clerk:
            assert clerk.person("user_a") == Deleted("user_a")

    def test_a_filter_by_id_that_is_ignored_is_not_believed(self, clerk_at):
        with serving((200, [{"id": "user_x"}])) as stub, clerk_at(stub) as clerk, pytest.raises(ProviderRefuses):
            clerk.people_by_id(["user_a"])

    @pytest.mark.parametrize("body", [{"id": "user_b"}, {"id": "user_a", "updated_at": "yesterday"}, []])
    def test_a_person_who_is_another_or_makes_no_sense(self, clerk_at, body):
        with serving((200, body)) as stub, clerk_at(stub) as clerk, pytest.raises(ProviderRefuses):
            clerk.person("user_a")
