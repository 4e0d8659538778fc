import pytest

from leadkeeper.project.checks import team

pytestmark = pytest.mark.django_db


class TestAdministrators:
    @pytest.mark.parametrize("role", ["owner", "admin"])
    def test_one_is_enough(self, person, role):
        person(role)
        person("sdr")
        assert team.administrators().status == "ok"

    def test_without_any_the_way_back_is_told(self, person, other_organization):
        person("manager")
        person("owner", active=False)
        person("admin", organization=other_organization)
        finding = team.administrators()
        assert (finding.status, finding.remedy) == ("problem", "Run: leadkeeper admin create EMAIL")

    def test_whoever_may_not_sign_in_is_none(self, person):
        membership = person("owner")
        membership.user.is_active = False
        membership.user.save()
        assert team.administrators().status == "problem"
