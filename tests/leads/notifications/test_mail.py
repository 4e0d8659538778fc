"""Notifications by e-mail: after the commit, what comes together in one message, nothing lost with a killed worker."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from leadkeeper.leads.assign import assign
from leadkeeper.leads.choices import Reason
from leadkeeper.leads.find import lock_lead
from leadkeeper.leads.notifications.inbox import Wanted, read_all, wish
from leadkeeper.leads.notifications.mail import send_waiting_mail
from leadkeeper.leads.notifications.models import Notification
from leadkeeper.team.models import Membership, User
from leadkeeper.team.viewer import Viewer
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sending(settings):
    settings.SENDS_MAIL = True
    settings.LEADKEEPER_URL = "https://leads.example.com"


@pytest.fixture
def carla(person):
    return person("sdr", name="Carla Dias", email="carla@example.com")


@pytest.fixture
def marta(viewer):
    return viewer("manager", name="Marta Reis")


@pytest.fixture
def give_to(person, lead, marta):
    """Makes somebody responsible for a new lead, and answers them."""

    def give_to(name, email, lead_name, to=None):
        to = to or person("sdr", name=name, email=email)
        made = lead(lead_name)
        with transaction.atomic():
            assign(lock_lead(made.pk, marta), to.user, by=marta, reason=Reason.MANUAL)
        return to

    return give_to


@pytest.fixture
def give(give_to, carla):
    def give(name):
        give_to("", "", name, to=carla)

    return give


def a_minute_later():
    Notification.objects.filter(mail_at__isnull=False).update(mail_at=timezone.now() - timedelta(seconds=1))
    send_waiting_mail()


class TestMail:
    def test_it_waits_a_moment_then_goes_once(self, give):
        give("Marina")
        send_waiting_mail()
        assert mail.outbox == []
        a_minute_later()
        a_minute_later()
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == (["carla@example.com"], "Marta Reis made you responsible for Marina")
        one = Notification.objects.get()
        assert f"https://leads.example.com/notifications/{one.pk}" in sent.body
        assert "https://leads.example.com/notifications/settings" in sent.body

    def test_what_comes_together_goes_together(self, give):
        for name in ("Marina", "Nina", "Otto"):
            give(name)
        a_minute_later()
        (sent,) = mail.outbox
        assert sent.subject == "3 notifications"
        assert all(name in sent.body for name in ("Marina", "Nina", "Otto"))

    def test_in_the_language_of_the_reader(self, give, carla, monkeypatch):
        spoken = []
        monkeypatch.setattr("leadkeeper.leads.notifications.mail.translation.override", _noting(spoken))
        User.objects.filter(pk=carla.user_id).update(language="pt-br")
        give("Marina")
        a_minute_later()
        assert spoken == ["pt-br"]

    def test_a_name_with_a_line_break_is_no_header(self, give):
        give("Marina")
        Notification.objects.update(lead_name="Marina\nBcc: all@example.com")
        a_minute_later()
        assert mail.outbox[0].subject == "Marta Reis made you responsible for Marina Bcc: all@example.com"

    def test_not_to_who_has_left_has_no_address_or_does_not_want_it(self, give, carla):
        give("Marina")
        Membership.objects.filter(pk=carla.pk).update(active=False)
        a_minute_later()
        Membership.objects.filter(pk=carla.pk).update(active=True)
        User.objects.filter(pk=carla.user_id).update(email="")
        give("Nina")
        a_minute_later()
        User.objects.filter(pk=carla.user_id).update(email="carla@example.com")
        wish({Notification.Kind.GIVEN: Wanted(by_mail=False)}, by=Viewer.of(carla))
        give("Otto")
        a_minute_later()
        assert mail.outbox == []
        assert not Notification.objects.filter(mail_at__isnull=False).exists()

    def test_what_has_been_read_is_not_mailed(self, give, carla):
        give("Marina")
        read_all(by=Viewer.of(carla))
        a_minute_later()
        assert mail.outbox == []

    def test_where_no_mail_is_set_up_nothing_waits(self, give, settings):
        settings.SENDS_MAIL = False
        give("Marina")
        assert Notification.objects.get().mail_at is None


class TestTrouble:
    def test_a_server_that_is_down_is_tried_again_later(self, give, monkeypatch):
        give("Marina")
        with monkeypatch.context() as broken:
            broken.setattr(EmailMessage, "send", _raising(smtplib.SMTPServerDisconnected("down")))
            a_minute_later()
        assert Notification.objects.get().mail_at > timezone.now()
        a_minute_later()
        assert len(mail.outbox) == 1

    @pytest.mark.parametrize(
        "address",
        [
            "ana@",
            "@example.com",
            "ana",
            "ana@@example.com",
            "ana@[",
            "<>",
            "ana@example..com",
            "ana@example.com, all@example.com",
            "Ana <all@example.com",
            "a na@example.com",
            "ana@example.com\nBcc: all@example.com",
            "ana@" + "ü" * 63 + ".com",
            "ána@example.com",
            "ana@" + "x" * 300,
        ],
    )
    def test_an_address_that_is_none_stops_nobody_and_is_not_tried_again(self, give, give_to, address, caplog):
        bia = give_to("Bia Prado", "bia@example.com", "Nina")
        User.objects.filter(pk=bia.user_id).update(email=address[:254])
        give("Marina")
        a_minute_later()
        assert [sent.to for sent in mail.outbox] == [["carla@example.com"]]
        assert not Notification.objects.filter(mail_at__isnull=False).exists()
        (told,) = [record for record in caplog.records if record.levelname == "WARNING"]
        assert (told.user_id, address in str(vars(told))) == (str(bia.user_id), False)

    @pytest.mark.parametrize(("code", "is_tried_again"), [(550, False), (451, True)])
    def test_one_whom_the_server_refuses_holds_up_nobody(self, give, give_to, monkeypatch, code, is_tried_again):
        bia = give_to("Bia Prado", "bia@example.com", "Nina")
        give("Marina")
        send = EmailMessage.send

        def refusing(message):
            if message.to == ["bia@example.com"]:
                raise smtplib.SMTPRecipientsRefused({"bia@example.com": (code, b"no")})
            return send(message)

        monkeypatch.setattr(EmailMessage, "send", refusing)
        a_minute_later()
        assert [sent.to for sent in mail.outbox] == [["carla@example.com"]]
        waits = Notification.objects.filter(mail_at__gt=timezone.now(), recipient=bia.user_id)
        assert waits.exists() == is_tried_again
        assert Notification.objects.filter(mail_at__isnull=False).exists() == is_tried_again

    def test_a_worker_killed_while_it_mails_loses_nothing(self, give, monkeypatch):
        give("Marina")
        with monkeypatch.context() as killed:
            killed.setattr(EmailMessage, "send", _raising(KeyboardInterrupt()))
            with pytest.raises(KeyboardInterrupt):
                a_minute_later()
        a_minute_later()
        a_minute_later()
        assert len(mail.outbox) == 1

    def test_killed_after_it_went_out_it_goes_again_under_the_same_id(self, give, monkeypatch):
        give("Marina")
        send = EmailMessage.send
        with monkeypatch.context() as killed:
            killed.setattr(EmailMessage, "send", lambda message: (send(message), _raising(KeyboardInterrupt())()))
            with pytest.raises(KeyboardInterrupt):
                a_minute_later()
        a_minute_later()
        first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
        assert first == second

    def test_after_a_day_it_is_given_up(self, give):
        give("Marina")
        Notification.objects.update(at=timezone.now() - timedelta(days=1, seconds=1))
        a_minute_later()
        assert mail.outbox == []
        assert Notification.objects.get().mail_at is None

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_mail_it_once(self, give):
        give("Marina")
        Notification.objects.update(mail_at=timezone.now() - timedelta(seconds=1))
        assert at_once([send_waiting_mail] * 3) == [None] * 3
        assert len(mail.outbox) == 1


def _raising(error):
    def fail(*_):
        raise error

    return fail


def _noting(spoken):
    def noting(language):
        spoken.append(language)
        return override(language)

    return noting
