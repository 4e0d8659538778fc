"""What every room's tests need: an organization, people of every role, and ways to ask as them."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from django.conf import settings
from django.test import Client

from leadkeeper.storage.words import searchable, sortable
from leadkeeper.team.models import Membership, Organization, User
from leadkeeper.team.organizations import home
from leadkeeper.team.roles import Role
from leadkeeper.team.viewer import Viewer
from tests.postgres import fresh_database


class MakePerson(Protocol):
    def __call__(
        self,
        role: str = "member",
        *,
        name: str = "Ana Souza",
        email: str | None = None,
        active: bool = True,
        organization: Organization | None = None,
    ) -> Membership: ...


@pytest.fixture
def organization(db: None) -> Organization:
    return home()


@pytest.fixture
def other_organization(db: None) -> Organization:
    return Organization.objects.create(name="Another company")


@pytest.fixture
def person(organization: Organization) -> MakePerson:
    """Makes people as the directory would have: with a Clerk id, active, with a stated role."""
    home_organization = organization

    def make(
        role: str = "member",
        *,
        name: str = "Ana Souza",
        email: str | None = None,
        active: bool = True,
        organization: Organization | None = None,
    ) -> Membership:
        id_ = uuid.uuid4()
        address = f"{id_.hex[:8]}@example.com" if email is None else email
        user = User.objects.create(
            id=id_, username=id_.hex, clerk_id=f"user_{id_.hex}", name=name, email=address, is_active=active
        )
        return Membership.objects.create(
            organization=organization or home_organization,
            user=user,
            active=active,
            directory_role=Role(role),
            folded_name=sortable(name),
            words=searchable(name, address),
        )

    return make


@pytest.fixture
def viewer(person: MakePerson) -> Callable[..., Viewer]:
    """Makes a new person of a role and answers them as a viewer."""

    def make(role: str = "member", **details: object) -> Viewer:
        return Viewer.of(person(role, **details))  # type: ignore[arg-type]

    return make


@pytest.fixture
def client_of() -> Callable[[Membership], Client]:
    """A browser signed in as this person, through a one-time link as people do."""
    from leadkeeper.access.sign_in_link import make_link

    def sign_in(membership: Membership) -> Client:
        client = Client()
        link = make_link(membership.user)
        answer = client.post(link.removeprefix(settings.LEADKEEPER_URL))
        assert answer.status_code == 303, answer.content
        return client

    return sign_in


@pytest.fixture
def key_of(organization: Organization) -> Callable[..., str]:
    """The text of a new API key of a role."""
    from leadkeeper.access.keys import create_key

    def make(role: str = "member", *, organization: Organization = organization) -> str:
        _, text = create_key(organization, name=f"{role} of the tests", role=Role(role), by=None)
        return text

    return make


@pytest.fixture
def api(key_of: Callable[..., str]) -> Callable[..., Client]:
    """A client that sends an API key of a role with every request."""

    def make(role: str = "admin", **details: object) -> Client:
        return Client(headers={"authorization": f"Bearer {key_of(role, **details)}"})

    return make


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database for a product started as its own process, as durable as in production."""
    if settings.ENVIRONMENT.is_sqlite:
        yield f"sqlite:///{tmp_path}/leadkeeper.db"
    else:
        with fresh_database(os.environ["DATABASE_URL"]) as url:
            yield url
