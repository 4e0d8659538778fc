import pytest

from leadkeeper.project.checks import configuration

SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHM="


class TestTheKeyOfSessions:
    def test_a_long_one_is_fine(self, settings):
        settings.SECRET_KEY = "0123456789" * 5
        assert configuration.secret_key().status == "ok"

    @pytest.mark.parametrize("key", ["s3cr3t", "0123456789" * 4, "abab" * 20])
    def test_a_short_or_plain_one_is_worth_a_warning_and_not_told(self, settings, key):
        settings.SECRET_KEY = key
        finding = configuration.secret_key()
        assert finding.status == "warning"
        assert key not in finding.detail


class TestTheAddress:
    @pytest.mark.parametrize(
        ("url", "clerk", "status"),
        [
            ("https://crm.example.com", "https://api.clerk.com", "ok"),
            ("http://crm.example.com", "https://api.clerk.com", "warning"),
            ("http://10.0.0.5:8000", "https://api.clerk.com", "warning"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8001", "ok"),
            ("http://localhost:8000", "http://localhost:8001", "ok"),
            ("http://[::1]:8000", "http://127.9.9.9:8001", "ok"),
            ("http://127.0.0.1:8000", "https://api.clerk.com", "warning"),
            ("https://localhost", "https://api.clerk.com", "warning"),
        ],
    )
    def test_must_be_safe_and_in_reach_of_clerk(self, settings, url, clerk, status):
        settings.LEADKEEPER_URL, settings.CLERK_API_URL = url, clerk
        finding = configuration.address()
        assert (finding.status, url in finding.detail) == (status, True)

    def test_nobody_need_reach_it_where_the_door_is_closed(self, settings):
        settings.LEADKEEPER_URL, settings.CLERK_API_URL = "http://127.0.0.1:8000", "https://api.clerk.com"
        settings.CLERK_WEBHOOK_SECRETS = ()
        assert configuration.address().status == "ok"


class TestTheWebhookSecret:
    def test_none_closes_the_door(self, settings):
        settings.CLERK_WEBHOOK_SECRETS = ()
        finding = configuration.webhook_secret()
        assert finding.status == "warning"
        assert "503" in finding.detail

    def test_one_or_several(self, settings):
        settings.CLERK_WEBHOOK_SECRETS = (SECRET,)
        assert configuration.webhook_secret().detail == "1 signing secret."
        settings.CLERK_WEBHOOK_SECRETS = (SECRET, SECRET)
        assert configuration.webhook_secret().detail.startswith("2 signing secrets")

    @pytest.mark.parametrize("wrong", ["whsec_", "whsec_a", "sk_test_abcdefgh", "d2hhdA=="])
    def test_what_is_no_signing_key_is_a_problem_and_not_told(self, settings, wrong):
        settings.CLERK_WEBHOOK_SECRETS = (SECRET, wrong)
        finding = configuration.webhook_secret()
        assert finding.status == "problem"
        assert SECRET not in finding.detail
