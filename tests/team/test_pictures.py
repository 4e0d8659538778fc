"""Pictures are shown from the identity provider's hosts alone: no other server learns who looks at which page."""

import pytest

from leadkeeper.team.models import User

OURS = "https://img.clerk.com/eyJ0eXBlIjoicHJveHkifQ?width=40"
ELSEWHERE = [
    "https://tracker.example/pixel.png",
    "https://192.168.0.1/admin",
    "https://localhost/x",
    "https://img.clerk.com.evil.example/x",
    "https://img.clerk.com:8443/x",
    "https://img.clerk.com@evil.example/x",
    "http://img.clerk.com/x",
    "//img.clerk.com/x",
    "javascript:alert(1)",
    "data:image/svg+xml,x",
    "https://[::1",
    "https://img.clerk.com:x/",
    "",
]


class TestPictureUrl:
    @pytest.mark.parametrize("url", [OURS, "https://images.clerk.dev/x", "https://IMG.clerk.com/x", OURS + "#a"])
    def test_the_provider_s_is_shown(self, url):
        assert User(avatar_url=url).picture_url == url

    @pytest.mark.parametrize("url", ELSEWHERE)
    def test_any_other_is_not(self, url):
        assert User(avatar_url=url).picture_url == ""

    def test_the_hosts_are_a_setting(self, settings):
        settings.CLERK_IMAGE_HOSTS = ("tracker.example",)
        assert User(avatar_url=ELSEWHERE[0]).picture_url == ELSEWHERE[0]
        assert User(avatar_url=OURS).picture_url == ""


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize(("url", "shown"), [(OURS, True), (ELSEWHERE[0], False)])
    def test_everywhere_the_same(self, person, client_of, url, shown):
        membership = person("owner", name="Ana Souza")
        User.objects.update(avatar_url=url)
        client = client_of(membership)
        client.post("/api/leads", {"name": "Lead", "phone": "(11) 98765-4321"}, "application/json")
        host = url.split("/")[2]
        for address in ("/team", "/leads", "/api/assignees", "/leads/new", "/leads/people"):
            assert (host in client.get(address).content.decode()) == shown, address

    def test_the_browser_is_told_as_well(self, person, client_of):
        policy = client_of(person()).get("/leads")["Content-Security-Policy"]
        (images,) = [one.strip() for one in policy.split(";") if one.strip().startswith("img-src")]
        assert images.split()[1:] == ["'self'", "data:", "https://img.clerk.com", "https://images.clerk.dev"]
