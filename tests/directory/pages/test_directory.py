"""The Directory page as an administrator sees it."""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leadkeeper.clerk.deliveries import read_message
from leadkeeper.directory.deliveries import receive as inbox
from leadkeeper.directory.models import Delivery, Drift, Heartbeat, Quarantined, Sweep
from leadkeeper.directory.retention import delete_old_deliveries
from leadkeeper.directory.sentence import gettext
from leadkeeper.directory.standing import Flaw, facts, problems
from leadkeeper.team.viewer import Viewer
from tests.clerk.door import event

PART = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connected(settings, monkeypatch):
    """All is set up, and background work is alive."""
    settings.CLERK_SECRET_KEY = "sk_test_something"
    Heartbeat.objects.create(process="worker", beat_at=timezone.now())
    monkeypatch.setattr(inbox, "_noted", set())


@pytest.fixture
def admin(person, client_of) -> Client:
    return client_of(person("admin", name="Ana Souza"))


@pytest.fixture
def run(organization) -> Callable[..., Sweep]:
    def make(status="complete", **columns) -> Sweep:
        now = timezone.now()
        defaults = {"kind": "reconcile", "asked_at": now, "started_at": now, "ended_at": now}
        return Sweep.objects.create(organization=organization, status=status, **{**defaults, **columns})

    return make


def arrive(*bodies: bytes, names: str = "msg"):
    inbox.receive([read_message(f"{names}_{number}", body) for number, body in enumerate(bodies)])


def words(html: bytes) -> str:
    """What is read, without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.decode()).split())


def seen(client: Client, query: str = "") -> str:
    answer = client.get(f"/directory{query}")
    assert answer.status_code == 200
    return words(answer.content)


def title(client: Client) -> str:
    """The one sentence at the top."""
    answer = client.get("/directory").content.decode()
    [found] = re.findall(r'<h2 id="standing-title"[^>]*>(.*?)</h2>', answer, flags=re.DOTALL)
    return words(found.encode())


class TestWhoMay:
    ADDRESSES = [
        ("get", "/directory"),
        ("post", "/directory"),
        ("get", "/directory/deliveries"),
        ("get", "/directory/deliveries/00000000-0000-4000-8000-000000000000"),
        ("post", "/directory/deliveries/00000000-0000-4000-8000-000000000000/replay"),
    ]

    @pytest.mark.parametrize(("method", "path"), ADDRESSES)
    @pytest.mark.parametrize("role", ["manager", "member", "support"])
    def test_not_those_who_do_not_manage(self, person, client_of, role, method, path):
        client = client_of(person(role))
        assert getattr(client, method)(path).status_code == 403
        assert not Sweep.objects.exists()
        assert "/directory" not in client.get("/team").content.decode()

    def test_those_who_manage_find_it_below_the_rule(self, admin):
        assert 'href="/directory"' in admin.get("/team").content.decode()

    def test_what_is_not_there_is_not_found(self, admin):
        assert admin.get("/directory/deliveries/00000000-0000-4000-8000-000000000000").status_code == 404
        assert admin.post("/directory/deliveries/00000000-0000-4000-8000-000000000000/replay").status_code == 404

    def test_nothing_of_another_organization_is_there(self, person, client_of, other_organization, run):
        arrive(event(id_="user_secret", first_name="Secret"))
        run(quarantined=1)
        stranger = client_of(person("owner", organization=other_organization))
        assert title(stranger) == "The list of people has never been fetched"
        assert "user_secret" not in seen(stranger)
        delivery = Delivery.objects.get()
        assert stranger.get(f"/directory/deliveries/{delivery.id}").status_code == 404


class TestSentence:
    @pytest.fixture(autouse=True)
    def news(self, organization):
        arrive(event(id_="user_a", first_name="Ana"))

    def test_equal_with_the_moment_that_is_proven(self, admin, run):
        earlier = timezone.now() - timedelta(minutes=5)
        run(asked_at=earlier - timedelta(days=1))
        run(asked_at=earlier, started_at=earlier)
        sentence = title(admin)
        assert sentence.startswith("2 people, matching Clerk as of 5 minutes ago")
        assert sentence.endswith("no differences")

    def test_below_a_minute_it_counts_the_seconds(self, admin, run):
        then = timezone.now() - timedelta(seconds=12)
        run(asked_at=then - timedelta(days=1))
        run(asked_at=then, started_at=then)
        assert re.match(r"2 people, matching Clerk as of 1[23] s ago ", title(admin))
        assert 'data-seconds="{} s ago"' in admin.get("/directory").content.decode()

    def test_the_first_check_found_nothing_different(self, admin, run):
        run(created=2)
        assert title(admin).endswith("fetched for the first time")

    def test_differences_that_were_put_right_are_counted(self, admin, run):
        run()
        run(created=1, updated=2, deactivated=1)
        assert title(admin).endswith("4 differences put right")

    def test_people_known_only_here_and_inactive_ones_are_not_counted(self, admin, run, person):
        local = person(name="Local").user
        local.clerk_id = None
        local.save()
        person(name="Gone", active=False)
        run()
        assert title(admin).startswith("2 people")

    def test_a_running_check_shows_how_far_it_is(self, admin, run):
        run(created=2)
        run("running", ended_at=None, seen=500, expected=2000)
        assert title(admin) == "Comparing everybody with Clerk"
        page = admin.get("/directory").content.decode()
        assert 'value="500" max="2000"' in page
        # What was proven stays true meanwhile.
        assert "matching Clerk as of" in page

    @pytest.mark.parametrize(
        ("status", "sentence", "remedy"),
        [
            ("refused", "The last sweep stopped before deactivating anybody", "Deactivate 2 people anyway"),
            ("incomplete", "The last sweep did not finish", "Reconcile again"),
        ],
    )
    def test_a_check_that_did_not_end_well(self, admin, run, status, sentence, remedy):
        run(asked_at=timezone.now() - timedelta(hours=1))
        run(status, reason="Clerk answered 500 for a minute.", missing=2)
        assert title(admin) == sentence
        assert remedy in seen(admin)

    def test_why_it_did_not_end_well_is_said_in_the_language_of_the_reader(self, admin, run):
        sweep = run("incomplete")
        problem = gettext("Clerk did not answer in time.")
        sweep.give_reason(gettext("Gave up after %(seconds)d s: %(problem)s", seconds=60, problem=problem))
        sweep.save()
        assert "Gave up after 60 s: Clerk did not answer in time." in seen(admin)
        page = admin.get("/directory", headers={"accept-language": "pt-br"}).content.decode()
        assert "Gave up" not in page
        assert "Clerk did not answer" not in page
        assert "60 s" in page

    def test_a_reason_of_before_is_shown_as_it_was_written(self, admin, run):
        run("incomplete", reason="A Clerk não respondeu: 100 % das vezes.")
        assert "A Clerk não respondeu: 100 % das vezes." in seen(admin)

    def test_a_schedule_that_is_not_kept(self, admin, run):
        old = timezone.now() - timedelta(hours=13)
        run(asked_at=old, started_at=old, ended_at=old)
        assert title(admin) == "The list has not been reconciled for too long"

    def test_without_a_schedule_a_check_is_good_for_a_week(self, admin, run, settings):
        settings.DIRECTORY_RECONCILE_HOURS = 0
        old = timezone.now() - timedelta(days=6)
        run(asked_at=old, started_at=old, ended_at=old)
        assert "matching Clerk" in title(admin)
        Sweep.objects.update(ended_at=old - timedelta(days=2))
        assert title(admin) == "The list has not been reconciled for too long"

    def test_no_key(self, admin, run, settings):
        settings.CLERK_SECRET_KEY = ""
        run()
        assert title(admin) == "Clerk cannot be asked for the list of people"
        assert "CLERK_SECRET_KEY" in seen(admin)

    def test_no_secret(self, admin, run, settings):
        settings.CLERK_WEBHOOK_SECRETS = ()
        run()
        assert title(admin) == "Webhooks from Clerk are refused"
        assert "CLERK_WEBHOOK_SECRET" in seen(admin)

    def test_no_worker_where_one_is_needed(self, admin, run, settings):
        run()
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, is_sqlite=False)
        Heartbeat.objects.update(beat_at=timezone.now() - timedelta(minutes=5))
        assert title(admin) == "No background worker is running"
        assert "leadkeeper worker" in seen(admin)
        Heartbeat.objects.update(beat_at=timezone.now())
        assert "matching Clerk" in title(admin)

    def test_deliveries_that_failed(self, admin, run):
        run()
        arrive(b"no json", b"[]", names="bad")
        assert title(admin) == "2 deliveries could not be applied"
        assert 'href="/directory?outcome=failed#deliveries"' in admin.get("/directory").content.decode()

    def test_what_failed_before_a_complete_check_was_made_good_by_it(self, admin, run):
        arrive(b"no json", names="bad")
        run(asked_at=timezone.now() - timedelta(hours=1), started_at=timezone.now() - timedelta(hours=1))
        assert title(admin) == "1 delivery could not be applied"
        run(started_at=timezone.now() + timedelta(milliseconds=2))
        assert title(admin).endswith("no differences")

    def test_the_worst_comes_first_and_nothing_is_left_out(self, admin, run):
        complete = run(quarantined=1)
        arrive(b"no json", names="bad")
        Quarantined.objects.create(sweep=complete, clerk_id="user_odd", reason="updated_at: not a time")
        run("incomplete", reason="It hung.", asked_at=timezone.now() + timedelta(seconds=1))
        assert title(admin) == "The last sweep did not finish"
        page = seen(admin)
        assert "1 delivery could not be applied" in page
        assert "1 unreadable record in the last sweep" in page
        assert "user_odd" in page
        assert "updated_at: not a time" in page
        assert "1 unreadable record" in page


class TestProblems:
    """What nobody can see on the page, because whoever sees it is an administrator."""

    def test_nobody_who_may_manage_is_left(self, organization, person, run):
        person("manager")
        run()
        found = problems(facts(Viewer.system(organization), now=timezone.now()))
        assert (found[0].flaw, found[0].command) == (Flaw.NO_ADMINISTRATOR, "leadkeeper admin create EMAIL")
        person("owner")
        assert Flaw.NO_ADMINISTRATOR not in {
            problem.flaw for problem in problems(facts(Viewer.system(organization), now=timezone.now()))
        }


class TestSetUp:
    def test_teaches_the_way_step_by_step(self, admin, settings):
        settings.CLERK_SECRET_KEY = ""
        settings.CLERK_WEBHOOK_SECRETS = ()
        page = admin.get("/directory").content.decode()
        assert page.count('class="step"') == 4
        assert "data-done" not in page
        assert "http://127.0.0.1:8000/clerk/users" in page
        for type_ in ("user.created", "user.updated", "user.deleted"):
            assert f"<code>{type_}</code>" in page
        assert "Nothing has arrived yet" in page

    def test_ticks_what_is_done_and_goes_away_at_the_end(self, admin, run):
        page = admin.get("/directory").content.decode()
        assert page.count('class="step" data-done') == 2
        run()
        assert admin.get("/directory").content.decode().count('class="step" data-done') == 3
        arrive(event())
        assert 'class="step"' not in admin.get("/directory").content.decode()

    def test_events_that_arrived_once_stay_ticked_when_their_deliveries_are_pruned(self, admin):
        arrive(event(), event("session.created"))
        Delivery.objects.all().delete()
        page = admin.get("/directory").content.decode()
        assert page.count("data-arrived") == 1
        assert page.index("user.created") < page.index("data-arrived") < page.index("user.updated")


class TestCheckNow:
    def test_asks_for_a_run_and_brings_the_page_up_to_date(self, admin):
        answer = admin.post("/directory", headers=PART)
        assert answer.status_code == 204
        assert json.loads(answer["HX-Trigger"]) == {"live:changed": {"topics": ["directory"]}}
        assert Sweep.objects.get().kind == "backfill"
        assert title(admin) == "Fetching everybody from Clerk"

    def test_after_a_first_one_it_is_a_reconcile(self, admin, run):
        run(asked_at=timezone.now() - timedelta(hours=2))
        admin.post("/directory", {"force": "1"}, headers=PART)
        asked = Sweep.objects.get(status="queued")
        assert (asked.kind, asked.force) == ("reconcile", True)

    def test_without_a_key_it_says_so_and_asks_for_nothing(self, admin, settings):
        settings.CLERK_SECRET_KEY = ""
        answer = admin.post("/directory", headers=PART)
        assert "CLERK_SECRET_KEY" in json.loads(answer["HX-Trigger"])["toast"]["text"]
        assert not Sweep.objects.exists()

    def test_without_script_it_leads_back(self, admin):
        answer = admin.post("/directory")
        assert (answer.status_code, answer["Location"]) == (303, "/directory")
        assert Sweep.objects.count() == 1


class TestDrift:
    def test_shows_person_by_person_what_differed_and_what_was_done(self, admin, run):
        run(asked_at=timezone.now() - timedelta(hours=2))
        sweep = run(updated=1, deactivated=1)
        changed = [
            {"field": "name", "before": "Bia Lima", "after": "Bia Prado"},
            {"field": "role", "before": None, "after": "sdr"},
        ]
        Drift.objects.create(sweep=sweep, clerk_id="user_b", name="Bia Prado", result="updated", differences=changed)
        gone = [{"field": "active", "before": True, "after": False}]
        Drift.objects.create(sweep=sweep, clerk_id="user_c", name="Caio", result="deactivated", differences=gone)
        page = seen(admin)
        assert "Bia Prado Name Bia Lima became Bia Prado Role — became SDR corrected" in page
        assert "Caio State active became no longer active deactivated" in page

    def test_says_when_there_was_none_or_nothing_to_compare_with(self, admin, run):
        run(created=3)
        assert "there was nothing to compare with" in seen(admin)
        run()
        assert "None: everybody was here as they are at Clerk." in seen(admin)


class TestDeliveries:
    def listed(self, client: Client, query: str) -> list[str]:
        answer = client.get(f"/directory/deliveries{query}", headers=PART).content.decode()
        ids = [uuid.UUID(found) for found in re.findall(r'id="delivery-([0-9a-f-]+)"', answer)]
        named = dict(Delivery.objects.values_list("id", "message_id"))
        return [named[id_] for id_ in ids]

    def test_newest_first_with_who_and_what_became_of_it(self, admin):
        arrive(event(id_="user_a", first_name="Maria"), event("session.created"), b"no json")
        arrive(event(id_="user_a", first_name="Maria"))
        page = seen(admin)
        assert "user.created Maria applied ×2 the person was created" in page
        assert "session.created — ignored this type of event is not handled" in page
        assert self.listed(admin, "") == ["msg_2", "msg_1", "msg_0"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?outcome=failed", ["msg_3"]),
            ("?outcome=nonsense", ["msg_3", "msg_2", "msg_1", "msg_0"]),
            ("?type=user.deleted", ["msg_2"]),
            ("?person=mari", ["msg_0"]),
            ("?person=user_b", ["msg_2", "msg_1"]),
            ("?person=user_b&type=user.created", ["msg_1"]),
            ("?person=nobody", []),
            ("?cursor=nonsense", ["msg_3", "msg_2", "msg_1", "msg_0"]),
        ],
    )
    def test_filtered(self, admin, query, found):
        arrive(
            event(id_="user_a", first_name="Mariana"),
            event(id_="user_b", first_name="Bia"),
            event("user.deleted", id_="user_b"),
            b"no json",
        )
        assert self.listed(admin, query) == found

    def test_page_by_page(self, admin):
        arrive(*(event(id_=f"user_{number}") for number in range(30)))
        first = admin.get("/directory").content.decode()
        [older] = re.findall(r'href="(/directory\?cursor=[^"#]+)', first)
        assert first.count('id="delivery-') == 25
        second = admin.get(older).content.decode()
        assert second.count('id="delivery-') == 5
        assert 'href="/directory#deliveries"' in second

    def test_a_type_is_looked_for_among_the_newest_only(self, admin, monkeypatch):
        monkeypatch.setattr("leadkeeper.directory.deliveries.read.LOOKED_THROUGH", 2)
        arrive(event("user.deleted", id_="user_a"), *(event(id_=f"user_{number}") for number in range(2)))
        assert self.listed(admin, "?type=user.deleted") == []
        assert self.listed(admin, "?type=user.created") == ["msg_2", "msg_1"]

    def test_one_is_readable_and_shows_no_secrets(self, admin):
        arrive(event(first_name="Maria", private_metadata={"salary": "12345"}))
        delivery = Delivery.objects.get()
        answer = admin.get(f"/directory/deliveries/{delivery.id}", headers=PART).content.decode()
        assert "&#34;first_name&#34;: &#34;Maria&#34;" in answer
        assert "12345" not in answer
        assert "<html" not in answer
        assert "<html" in admin.get(f"/directory/deliveries/{delivery.id}").content.decode()

    def test_one_without_payload_says_why(self, admin):
        arrive(b"no json")
        delivery = Delivery.objects.get()
        answer = admin.get(f"/directory/deliveries/{delivery.id}", headers=PART).content.decode()
        assert "is not stored" in answer
        assert "Replay" not in answer

    def test_without_script_the_list_is_on_the_page(self, admin):
        answer = admin.get("/directory/deliveries?outcome=failed")
        assert answer["Location"] == "/directory?outcome=failed#deliveries"


class TestReplay:
    def test_says_what_became_of_it(self, admin):
        arrive(event(id_="user_a", first_name="Maria"))
        Delivery.objects.update(outcome="failed", reason="the disk was full")
        delivery = Delivery.objects.get()
        answer = admin.post(f"/directory/deliveries/{delivery.id}/replay", headers=PART)
        assert answer.status_code == 204
        said = json.loads(answer["HX-Trigger"])
        assert said["toast"] == {"text": "Replayed: applied"}
        assert said["live:changed"] == {"topics": ["directory", "deliveries"]}
        assert Delivery.objects.get().outcome == "applied"

    def test_says_when_it_failed_again(self, admin):
        arrive(event(updated_at=1).replace(b'"updated_at": 1', b'"updated_at": "never"'))
        delivery = Delivery.objects.get()
        answer = admin.post(f"/directory/deliveries/{delivery.id}/replay", headers=PART)
        assert json.loads(answer["HX-Trigger"])["toast"] == {
            "text": "It failed again: updated_at: not a time",
            "kind": "danger",
        }

    def test_one_whose_words_are_not_kept_stays_as_it_is(self, admin):
        arrive(b"no json")
        delivery = Delivery.objects.get()
        answer = admin.post(f"/directory/deliveries/{delivery.id}/replay", headers=PART)
        assert "is not stored" in json.loads(answer["HX-Trigger"])["toast"]["text"]
        assert Delivery.objects.values("reason", "repeats").get() == {"reason": delivery.reason, "repeats": 0}


class TestKept:
    def test_says_how_much_is_kept_and_when_the_old_of_it_went(self, admin):
        arrive(event(id_="user_a"), event("user.updated", id_="user_a"), b"no json")
        assert "Older ones are deleted every hour" in seen(admin)
        while delete_old_deliveries():
            pass
        arrive(event("user.deleted", id_="user_a"), names="later")
        page = seen(admin)
        assert "Deliveries 4 for 90 days Payloads 3 for 30 days Database" in page
        assert "Last pruned now" in page


class TestCost:
    def many(self, run, people: int) -> None:
        """As much of everything as there are people."""
        run(asked_at=timezone.now() - timedelta(hours=2))
        sweep = run(updated=people, quarantined=people)
        arrive(*([b"no json"] * people), names="bad")
        arrive(*(event(id_=f"user_{number}", first_name="Ana") for number in range(people)))
        Drift.objects.bulk_create(
            Drift(sweep=sweep, clerk_id=f"user_{number}", name="Ana", result="updated") for number in range(people)
        )
        Quarantined.objects.bulk_create(
            Quarantined(sweep=sweep, clerk_id=f"odd_{number}", reason="no sense") for number in range(people)
        )

    @pytest.mark.parametrize("people", [1, 100])
    def test_as_many_queries_for_one_as_for_a_hundred(self, admin, run, people, settings, django_assert_num_queries):
        self.many(run, people)
        # Whether a worker is alive is asked only where there may be none.
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, is_sqlite=False)
        with django_assert_num_queries(QUERIES):
            admin.get("/directory")

    @pytest.mark.parametrize("people", [1, 100])
    def test_the_deliveries_alone_cost_little(self, admin, run, people, django_assert_num_queries):
        self.many(run, people)
        with django_assert_num_queries(QUERIES_OF_DELIVERIES):
            admin.get("/directory/deliveries", headers=PART)


QUERIES = 24
QUERIES_OF_DELIVERIES = 4
