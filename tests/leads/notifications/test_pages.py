"""What a person is told, as pages."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.notifications import notify
from leadkeeper.leads.notifications.models import Notification, NotificationSwitch
from leadkeeper.leads.transfers.transfer import Wanted, decide, transfer

pytestmark = pytest.mark.django_db
PART = {"hx-request": "true", "accept-language": "en"}
PAGE = {"accept-language": "en"}


@pytest.fixture
def marta(viewer):
    return viewer("manager", name="Marta Reis")


@pytest.fixture
def carla(person):
    return person("sdr", name="Carla Dias")


@pytest.fixture
def client(carla, client_of):
    return client_of(carla)


@pytest.fixture
def give(lead, carla, marta):
    def give(name="Marina <b>"):
        made = lead(name)
        with transaction.atomic():
            assign(lock_lead(made.pk, marta), carla.user, by=marta, reason=Reason.MANUAL)
        return made

    return give


def text(answer):
    return answer.content.decode()


class TestInbox:
    def test_it_says_what_happened_and_counts_in_the_bell(self, client, give):
        give()
        shown = text(client.get("/notifications", headers=PAGE))
        assert "Marta Reis made you responsible for Marina &lt;b&gt;" in shown
        assert "1 unread" in shown
        assert "Mark all as read" in shown
        assert ">1</span>" in text(client.get("/leads", headers=PAGE)).partition('id="bell-count"')[2][:400]

    def test_one_with_nothing_says_so(self, client):
        shown = text(client.get("/notifications", headers=PAGE))
        assert "Nothing yet." in shown
        assert "Mark all as read" not in shown

    def test_it_leads_to_the_lead_and_is_read_then(self, client, give):
        made = give()
        one = Notification.objects.get()
        assert client.get(f"/notifications/{one.pk}")["Location"] == f"/leads/{made.pk}"
        assert Notification.objects.get().read_at
        assert "All read" in text(client.get("/notifications", headers=PAGE))

    def test_a_lead_that_is_hidden_now_is_said_to_be(self, client, give, person, marta, organization):
        organization.visibility = "own_and_unassigned"
        organization.save()
        made = give()
        with transaction.atomic():
            assign(lock_lead(made.pk, marta), person("sdr", name="Dora").user, by=marta, reason=Reason.MANUAL)
        taken = Notification.objects.get(kind="taken")
        answer = client.get(f"/notifications/{taken.pk}", headers=PAGE, follow=True)
        assert answer.redirect_chain == [("/notifications", 303)]
        assert "can no longer see this lead" in text(answer)
        assert "Marta Reis gave Marina &lt;b&gt;, which was yours, to Dora" in text(answer)

    def test_in_bulk_it_leads_to_ones_leads_or_to_the_transfer(self, client, lead, carla, marta, person, client_of):
        dora = person("manager", name="Dora")
        for receiver, browser in ((carla, client), (dora, client_of(dora))):
            for _ in range(2):
                lead()
            plan = decide(Wanted(giver=None, to=(receiver.user_id,)), by=marta)
            with transaction.atomic():
                batch = transfer(plan, by=marta)
            one = Notification.objects.get(recipient=receiver.user)
            assert "Marta Reis gave you 2 leads" in text(browser.get("/notifications", headers=PAGE))
            leads_to = {carla: "/leads?assigned_to=me", dora: f"/leads/transfers/{batch.pk}"}[receiver]
            assert browser.get(f"/notifications/{one.pk}")["Location"] == leads_to

    def test_all_are_marked_as_read(self, client, give):
        give()
        give("Nina")
        assert client.post("/notifications/read", headers=PART).status_code == 204
        assert not Notification.objects.filter(read_at__isnull=True).exists()

    def test_more_than_can_be_counted(self, client, give, carla, organization):
        Notification.objects.bulk_create(
            Notification(organization=organization, recipient=carla.user, kind="asked", by_name="Ana", lead_name=str(n))
            for n in range(120)
        )
        assert "99+" in text(client.get("/notifications/counts", headers=PART))

    def test_over_pages(self, client, carla, organization):
        Notification.objects.bulk_create(
            Notification(organization=organization, recipient=carla.user, kind="asked", by_name="A", lead_name=f"L{n}.")
            for n in range(60)
        )
        first = text(client.get("/notifications", headers=PAGE))
        address = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        second = text(client.get(address.replace("&amp;", "&"), headers=PAGE))
        seen = {name for n in range(60) for name in (f"L{n}.",) if (name in first) != (name in second)}
        assert len(seen) == 60
        assert client.get("/notifications?cursor=nonsense").status_code == 200

    def test_as_many_queries_for_one_as_for_a_hundred(self, client, give, django_assert_num_queries):
        give()
        with django_assert_num_queries(30, exact=False) as one:
            client.get("/notifications")
        for number in range(100):
            give(f"Lead {number}")
        with django_assert_num_queries(len(one)):
            client.get("/notifications")

    def test_nobody_sees_or_reads_those_of_others(self, give, client_of, person, other_organization):
        give()
        one = Notification.objects.get()
        for stranger in (person("owner"), person("owner", organization=other_organization)):
            browser = client_of(stranger)
            assert "Marina" not in text(browser.get("/notifications"))
            assert browser.get(f"/notifications/{one.pk}").status_code == 404
            browser.post("/notifications/read")
        assert Notification.objects.get().read_at is None
        assert Client().get("/notifications").status_code == 302

    def test_no_such_notification(self, client):
        assert client.get(f"/notifications/{uuid.uuid4()}").status_code == 404


class TestSettings:
    def test_a_kind_that_is_switched_off_is_not_shown_nor_counted(self, client, give):
        give()
        kept = {"given_by_mail": "on", "taken_in_app": "on", "taken_by_mail": "on", "asked_in_app": "on"}
        assert client.post("/notifications/settings", kept)["Location"] == "/notifications/settings"
        assert "Marina" not in text(client.get("/notifications"))
        assert "All read" in text(client.get("/notifications", headers=PAGE))
        rows = NotificationSwitch.objects.values_list("kind", "in_app", "by_mail")
        assert set(rows) == {("given", False, True), ("taken", True, True), ("asked", True, False)}
        shown = text(client.get("/notifications/settings", headers=PAGE))
        assert 'name="given_in_app" aria-label="Somebody makes me responsible: Here">' in shown

    def test_saving_again_replaces(self, client):
        for sent in ({"given_in_app": "on"}, {}):
            client.post("/notifications/settings", sent)
        assert NotificationSwitch.objects.get(kind="given").in_app is False

    def test_departures_are_offered_to_those_who_deal_with_them(self, client, client_of, person):
        assert "departure_in_app" not in text(client.get("/notifications/settings"))
        assert "departure_in_app" in text(client_of(person("manager")).get("/notifications/settings"))

    def test_it_says_where_no_mail_is_sent(self, client, settings):
        for sends in (True, False):
            settings.SENDS_MAIL = sends
            said = "This server does not send e-mail yet" in text(client.get("/notifications/settings", headers=PAGE))
            assert said is not sends


class TestManyByOneKey:
    @pytest.fixture
    def add(self, api, carla, monkeypatch):
        # However the clock stands.
        monkeypatch.setattr(notify, "TOGETHER", timedelta(days=100_000))
        robot = api("member")

        def add(number: int) -> None:
            asked = {"name": f"Lead {number}", "phone": f"11 98765-{number:04}", "assigned_to": str(carla.user_id)}
            assert robot.post("/api/leads", asked, content_type="application/json").status_code == 201

        return add

    def test_one_names_it_and_many_are_told_once(self, client, add):
        add(0)
        shown = text(client.get("/notifications", headers=PAGE))
        assert "member of the tests added Lead 0 and made you responsible" in shown
        for number in range(1, 120):
            add(number)
        shown = text(client.get("/notifications", headers=PAGE))
        assert "member of the tests added 120 leads and made you responsible" in shown
        assert "1 unread" in shown
        one = Notification.objects.get()
        answer = client.get(f"/notifications/{one.pk}", headers=PAGE)
        assert answer["Location"] == "/leads?assigned_to=me"

    def test_what_came_after_it_was_read_is_unread(self, client, add):
        add(0)
        client.get(f"/notifications/{Notification.objects.get().pk}")
        assert "All read" in text(client.get("/notifications", headers=PAGE))
        add(1)
        shown = text(client.get("/notifications", headers=PAGE))
        assert "member of the tests added 2 leads and made you responsible" in shown
        assert "1 unread" in shown

    def test_two_keys_are_told_apart(self, client, add, api, carla):
        add(0)
        asked = {"name": "Lead", "phone": "11 98765-4321", "assigned_to": str(carla.user_id)}
        api("sdr").post("/api/leads", asked, content_type="application/json")
        assert "2 unread" in text(client.get("/notifications", headers=PAGE))
