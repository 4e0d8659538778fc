"""What the environment says, and how a mistake in it is told."""

import os
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadkeeper.project.environment import read, secret_key


class TestRead:
    def test_a_folder_of_sockets_is_the_host_wherever_the_address_names_it(self):
        database = read({"DATABASE_URL": "postgres://app@/leads?host=/run/postgresql&port=5433"}).database
        assert (database["HOST"], str(database["PORT"])) == ("/run/postgresql", "5433")
        assert "host" not in database["OPTIONS"]

    def test_nothing_set_is_a_local_product_on_sqlite(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        environment = read({})
        assert environment.is_sqlite
        assert environment.database["NAME"] == str(tmp_path / "data" / "leadkeeper.db")
        assert environment.url == "http://127.0.0.1:8000"
        assert environment.clerk_webhook_secrets == ()
        assert (environment.country, environment.language) == ("BR", "pt-br")
        assert not environment.is_https

    def test_several_webhook_secrets(self):
        assert read({"CLERK_WEBHOOK_SECRET": "whsec_YQ== whsec_Yg=="}).clerk_webhook_secrets == (
            "whsec_YQ==",
            "whsec_Yg==",
        )

    def test_empty_values_count_as_unset(self):
        environment = read(
            {
                "CLERK_TENANCY": "",
                "CLERK_WEBHOOK_SECRET": "",
                "DATABASE_URL": "",
                "LEADKEEPER_URL": "",
                "CLERK_API_URL": "",
            }
        )
        assert environment.is_sqlite
        assert environment.clerk_api_url == "https://api.clerk.com"

    def test_https_is_noticed_and_a_slash_at_the_end_is_not(self):
        environment = read({"LEADKEEPER_URL": "https://crm.example.com/"})
        assert (environment.is_https, environment.host, environment.url) == (
            True,
            "crm.example.com",
            "https://crm.example.com",
        )

    def test_secrets_do_not_show(self):
        environment = read({"CLERK_WEBHOOK_SECRET": "whsec_c2VjcmV0", "CLERK_SECRET_KEY": "sk_test_secret"})
        assert "c2VjcmV0" not in repr(environment)
        assert "sk_test_secret" not in repr(environment)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://localhost/x"),
            ("DATABASE_URL", "nonsense"),
            ("LEADKEEPER_URL", "crm.example.com"),
            ("CLERK_API_URL", "ftp://x"),
            ("CLERK_WEBHOOK_SECRET", "secret"),
            ("CLERK_DEFAULT_ROLE", "boss"),
            ("CLERK_TENANCY", "organizations"),
            ("DIRECTORY_RECONCILE_HOURS", "often"),
            ("DIRECTORY_CATCHUP_MINUTES", "-1"),
            ("LEADKEEPER_COUNTRY", "Brazil"),
            ("LEADKEEPER_COUNTRY", "ZZ"),
            ("LEADKEEPER_LANGUAGE", "fr"),
        ],
    )
    def test_a_mistake_is_told_with_the_name_of_the_variable(self, name, value):
        with pytest.raises(ImproperlyConfigured, match=name):
            read({name: value})


class TestSecretKey:
    def test_is_made_once_beside_the_database_for_its_owner_alone(self, tmp_path):
        environment = read({"DATABASE_URL": f"sqlite:///{tmp_path}/new/leadkeeper.db"})
        made = secret_key(environment, None)
        assert len(made) >= 50
        assert secret_key(environment, None) == made
        assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]

    def test_a_given_one_wins(self, tmp_path):
        assert secret_key(read({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}), "given") == "given"

    def test_is_required_with_postgresql(self):
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
            secret_key(read({"DATABASE_URL": "postgres://localhost/x"}), None)

    def test_a_folder_that_cannot_be_made_is_a_clear_sentence(self, tmp_path):
        (tmp_path / "file").write_text("")
        environment = read({"DATABASE_URL": f"sqlite:///{tmp_path}/file/leadkeeper.db"})
        with pytest.raises(ImproperlyConfigured, match=r"cannot be (read|written).*"):
            secret_key(environment, None)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_cannot_be_written_is_a_clear_sentence(self, tmp_path):
        tmp_path.chmod(0o500)
        with pytest.raises(ImproperlyConfigured, match="cannot be written"):
            secret_key(read({"DATABASE_URL": f"sqlite:///{tmp_path}/leadkeeper.db"}), None)


class TestMail:
    def test_without_an_address_nothing_is_sent(self):
        assert read({"EMAIL_URL": " "}).mail is None

    @pytest.mark.parametrize(
        ("url", "port", "is_tls", "is_ssl"),
        [
            ("smtp://mail.example.com", 25, False, False),
            ("smtp+tls://mail.example.com", 587, True, False),
            ("submission://mail.example.com:2525", 2525, True, False),
            ("smtps://mail.example.com", 465, False, True),
        ],
    )
    def test_a_server_with_its_usual_port(self, url, port, is_tls, is_ssl):
        mail = read({"EMAIL_URL": url}).mail
        assert (mail.host, mail.port, mail.is_tls, mail.is_ssl) == ("mail.example.com", port, is_tls, is_ssl)

    def test_a_user_and_a_password_with_odd_signs_never_shown(self):
        environment = read({"EMAIL_URL": "smtps://me%40example.com:p%40ss%2Fword@mail.example.com"})
        assert (environment.mail.user, environment.mail.password) == ("me@example.com", "p@ss/word")
        assert "p@ss" not in repr(environment)

    def test_the_sender(self):
        url = {"EMAIL_URL": "console://", "LEADKEEPER_URL": "https://crm.example.com"}
        assert read(url).mail.sender == "leadkeeper@crm.example.com"
        assert read(url | {"EMAIL_FROM": "CRM <crm@example.com>"}).mail.sender == "CRM <crm@example.com>"

    def test_into_files(self):
        assert read({"EMAIL_URL": "file:///var/mail/leadkeeper"}).mail.folder == "/var/mail/leadkeeper"

    @pytest.mark.parametrize("url", ["mail.example.com", "http://s3cret@x", "smtp://", "smtp://x:port", "file:"])
    def test_what_is_no_address_is_named_but_not_shown(self, url):
        with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refused:
            read({"EMAIL_URL": url})
        assert "s3cret" not in str(refused.value)
