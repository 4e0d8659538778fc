"""What the environment says, and how a mistake in it is told."""

import os
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadkeeper.project.environment import read
from leadkeeper.project.secret_key import secret_key


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
        "value",
        ["whsec_YQ==,whsec_Yg==", "whsec_YQ== ,  whsec_Yg==", "whsec_YQ==,\nwhsec_Yg==\n", ", whsec_YQ==;whsec_Yg==,"],
    )
    def test_webhook_secrets_are_separated_by_spaces_or_commas(self, value):
        value = value.replace(";", " ")
        assert read({"CLERK_WEBHOOK_SECRET": value}).clerk_webhook_secrets == ("whsec_YQ==", "whsec_Yg==")

    def test_addresses_are_written_as_browsers_send_them(self):
        assert read({"LEADKEEPER_URL": " HTTPS://CRM.München.example:8443/ "}).url == (
            "https://crm.xn--mnchen-3ya.example:8443"
        )
        assert read({"LEADKEEPER_URL": "http://[::1]:8000"}).host == "[::1]"
        assert read({"CLERK_API_URL": "http://127.0.0.1:9/clerk/"}).clerk_api_url == "http://127.0.0.1:9/clerk"

    def test_the_time_zone_and_the_hosts_of_pictures(self):
        assert read({}).time_zone == "America/Sao_Paulo"
        assert read({"LEADKEEPER_TIME_ZONE": "Asia/Tokyo"}).time_zone == "Asia/Tokyo"
        assert read({}).clerk_image_hosts == ("img.clerk.com", "images.clerk.dev")
        assert read({"CLERK_IMAGE_HOSTS": "a.example,b.example"}).clerk_image_hosts == ("a.example", "b.example")

    def test_a_file_named_from_the_working_directory_on_is_told_from_others(self, tmp_path):
        assert read({}).is_here
        assert read({"DATABASE_URL": "sqlite:///x.db"}).is_here
        assert not read({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}).is_here
        assert not read({"DATABASE_URL": "postgres://localhost/x"}).is_here

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://localhost/x"),
            ("DATABASE_URL", "nonsense"),
            ("DATABASE_URL", "postgres://me:pass@localhost:port/x"),
            ("DATABASE_URL", "postgres://me:pass@[::1/x"),
            ("DATABASE_URL", "postgres://me:pass@localhost"),
            ("DATABASE_URL", "postgresql+psycopg://localhost/x"),
            ("DATABASE_URL", "timescale://localhost/x"),
            ("DATABASE_URL", "sqlite://"),
            ("DATABASE_URL", "sqlite:///:memory:"),
            ("DATABASE_URL", "sqlite:////tmp"),
            ("SECRET_KEY", "\udce9"),
            ("LEADKEEPER_URL", "crm.example.com"),
            ("LEADKEEPER_URL", "http://[::1"),
            ("LEADKEEPER_URL", "http://crm.example.com:99999"),
            ("LEADKEEPER_URL", "http://crm.example.com:port"),
            ("LEADKEEPER_URL", "http://crm.example.com:0"),
            ("LEADKEEPER_URL", "https://crm.example.com/app"),
            ("LEADKEEPER_URL", "https://crm.example.com?a=b"),
            ("LEADKEEPER_URL", "https://me:pass@crm.example.com"),
            ("LEADKEEPER_URL", "https://crm_a.example.com"),
            ("LEADKEEPER_URL", "https://exa mple.com"),
            ("LEADKEEPER_URL", "https://℀.example"),
            ("CLERK_API_URL", "ftp://x"),
            ("CLERK_API_URL", "http://[::1"),
            ("CLERK_API_URL", "http://x:99999"),
            ("CLERK_WEBHOOK_SECRET", "secret"),
            ("CLERK_WEBHOOK_SECRET", "whsec_"),
            ("CLERK_WEBHOOK_SECRET", "whsec_••••••••"),
            ("CLERK_WEBHOOK_SECRET", "whsec_********"),
            ("CLERK_WEBHOOK_SECRET", "whsec_MfKQ…"),
            ("CLERK_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"),
            ("CLERK_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrT"),
            ("CLERK_WEBHOOK_SECRET", '"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"'),
            ("CLERK_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,whsec_a"),
            ("CLERK_SECRET_KEY", "sk_live_••••"),
            ("CLERK_SECRET_KEY", "sk_live a"),
            ("CLERK_DEFAULT_ROLE", "boss"),
            ("CLERK_TENANCY", "organizations"),
            ("CLERK_IMAGE_HOSTS", "https://img.example.com"),
            ("CLERK_IMAGE_HOSTS", "*"),
            ("CLERK_IMAGE_HOSTS", "img.example.com; script-src"),
            ("DIRECTORY_RECONCILE_HOURS", "often"),
            ("DIRECTORY_RECONCILE_HOURS", "nan"),
            ("DIRECTORY_CATCHUP_MINUTES", "-1"),
            ("DIRECTORY_CATCHUP_MINUTES", "1e400"),
            ("LEADKEEPER_COUNTRY", "Brazil"),
            ("LEADKEEPER_COUNTRY", "ZZ"),
            ("LEADKEEPER_LANGUAGE", "fr"),
            ("LEADKEEPER_TIME_ZONE", "Sao Paulo"),
            ("LEADKEEPER_TIME_ZONE", "America"),
            ("LEADKEEPER_TIME_ZONE", "../../etc/passwd"),
            ("LEADKEEPER_TIME_ZONE", "/etc/localtime"),
            ("LEADKEEPER_TIME_ZONE", "-03:00"),
            ("EMAIL_URL", "smtp://[::1"),
            ("EMAIL_URL", "smtp://mail.example.com:0"),
            ("EMAIL_FROM", "nobody"),
            ("EMAIL_FROM", "a@example.com, b@example.com"),
            ("EMAIL_FROM", "crm@example.com\nBcc: all@example.com"),
        ],
    )
    def test_a_mistake_is_one_line_that_begins_with_the_variable_and_tells_no_secret(self, name, value):
        with pytest.raises(ImproperlyConfigured) as refused:
            read({name: value})
        sentence = str(refused.value)
        assert sentence.startswith(f"{name}: ")
        assert "\n" not in sentence
        assert "pass@" not in sentence
        if name in ("CLERK_WEBHOOK_SECRET", "CLERK_SECRET_KEY") and len(value) > 8:
            assert value not in sentence

    @pytest.mark.parametrize("locale", [{"LANG": "pt_BR.UTF-8"}, {"LC_ALL": "pt_PT", "LANG": "en_US.UTF-8"}])
    def test_a_mistake_is_told_in_the_language_of_the_terminal(self, monkeypatch, locale):
        for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in locale.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ImproperlyConfigured, match=r"^LEADKEEPER_COUNTRY: 'ZZ' não é"):
            read({"LEADKEEPER_COUNTRY": "ZZ", "LEADKEEPER_LANGUAGE": "en"})


class TestSecretKey:
    def database(self, folder):
        folder.mkdir(exist_ok=True)
        (folder / "leadkeeper.db").touch()
        return {"DATABASE_URL": f"sqlite:///{folder}/leadkeeper.db"}

    def test_is_made_once_beside_the_database_for_its_owner_alone(self, tmp_path):
        environment = read(self.database(tmp_path / "new"))
        made = secret_key(environment)
        assert len(made) >= 50
        assert secret_key(environment) == made
        assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
        assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["leadkeeper.db", "secret_key"]

    def test_where_there_is_no_database_nothing_is_made(self, tmp_path):
        environment = read({"DATABASE_URL": f"sqlite:///{tmp_path}/new/leadkeeper.db"})
        assert len(secret_key(environment)) >= 50
        assert list(tmp_path.iterdir()) == []

    def test_a_given_one_wins(self, tmp_path):
        assert secret_key(read(self.database(tmp_path) | {"SECRET_KEY": "given"})) == "given"

    def test_is_required_with_postgresql(self):
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
            secret_key(read({"DATABASE_URL": "postgres://localhost/x", "SECRET_KEY": " "}))

    def test_one_that_cannot_be_read_is_a_clear_sentence(self, tmp_path):
        variables = self.database(tmp_path)
        (tmp_path / "secret_key").mkdir()
        with pytest.raises(ImproperlyConfigured, match=r"secret_key cannot be read: Is a directory\."):
            secret_key(read(variables))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_cannot_be_written_is_a_clear_sentence(self, tmp_path):
        variables = self.database(tmp_path)
        tmp_path.chmod(0o500)
        with pytest.raises(ImproperlyConfigured, match="cannot be written"):
            secret_key(read(variables))


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
