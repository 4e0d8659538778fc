import pytest

from leadkeeper.team.models import Organization
from leadkeeper.team.viewer import Viewer


@pytest.fixture
def system(organization: Organization) -> Viewer:
    return Viewer.system(organization)
