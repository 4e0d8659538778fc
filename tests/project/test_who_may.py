"""Every page and every API call, asked by every role under every policy, about leads of one's own, of nobody, of a
colleague, and of another organization. The addresses come from Django's resolver and the API's own table: one that
is not in `ENDPOINTS` fails here by name.
"""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver

from leadkeeper.access.keys import create_key
from leadkeeper.leads.create import NewLead, create
from leadkeeper.leads.models import Lead
from leadkeeper.project.api import api as json_api
from leadkeeper.team.models import Membership, Organization
from leadkeeper.team.roles import RIGHTS, SELLERS, May, Role
from leadkeeper.team.viewer import Viewer
from tests.conftest import MakePerson

pytestmark = pytest.mark.django_db

HIDDEN, FOREIGN = "Zulmira Escondida", "Farida Forasteira"
PART = {"HX-Request": "true"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Row:
    """What is sent to an address, who may send it, and what they are answered."""

    ok: int
    right: May | None = None
    body: dict[str, Any] = field(default_factory=dict)
    # Sends `assigned_to` as well, in every way; answered so where the policy forbids it.
    assigns: int | None = None
    # Reachable without signing in, with this answer.
    open: int | None = None
    # About a lead of the organization, hidden or not, the answer is the same.
    hidden_too: bool = False


SEE = May.SEE_LEADS
EDIT = May.EDIT_LEADS
MANAGE = May.MANAGE
TRANSFER = May.TRANSFER
PLAN = May.PLAN
NEW = {"name": "Nova", "phone": "(11) 91234-5678"}
KNOWN = {"name": "Again", "phone": "(11) 90000-0002"}
BATCH = {"from": "none", "to": ["{colleague}"], "dry_run": True}

ENDPOINTS: dict[str, list[Row]] = {
    "GET ": [Row(302)],
    "GET style": [Row(200)],
    "GET sign-in": [Row(302, open=200)],
    "GET sign-in/link/<token>": [Row(410, open=410)],
    "POST sign-in/link/<token>": [Row(410, open=410)],
    "POST sign-out": [Row(303, open=303)],
    "POST language": [Row(303, body={"language": "en"}, open=303)],
    # People
    "GET team": [Row(200, SEE)],
    "GET team/new": [Row(200, MANAGE)],
    "POST team/new": [Row(422, MANAGE)],
    "GET team/away": [Row(200)],
    "POST team/away": [Row(303)],
    "GET team/<person_id>": [Row(200, PLAN)],
    "POST team/<person_id>": [Row(303, PLAN), Row(303, MANAGE, {"capacity": "5"})],
    # Settings
    "GET settings": [Row(200, MANAGE)],
    "POST settings": [Row(303, MANAGE)],
    "GET settings/keys": [Row(200, MANAGE)],
    "GET settings/keys/new": [Row(200, MANAGE)],
    "POST settings/keys/new": [Row(200, MANAGE, {"name": "Form", "role": "sdr"})],
    "GET settings/keys/<key_id>/revoke": [Row(200, MANAGE)],
    "POST settings/keys/<key_id>/revoke": [Row(303, MANAGE)],
    # Leads
    "GET leads": [Row(200, SEE), Row(200, SEE, {"q": "Z"}), Row(200, SEE, {"assigned_to": "{colleague}"})],
    "GET leads/new": [Row(200, EDIT)],
    "POST leads/new": [Row(303, EDIT, NEW, assigns=422), Row(409, EDIT, KNOWN)],
    "GET leads/known": [Row(200, EDIT, {"phone": KNOWN["phone"]}), Row(200, EDIT, {"email": "z@example.com"})],
    "GET leads/people": [Row(200, EDIT, {"q": "c"})],
    "GET leads/unassigned": [Row(200, SEE)],
    "POST leads/unassigned/next": [Row(303, EDIT)],
    "GET leads/duplicates": [Row(200, TRANSFER)],
    "GET leads/transfer": [Row(200, TRANSFER)],
    "POST leads/transfer": [Row(200, TRANSFER)],
    "GET leads/transfers": [Row(200, TRANSFER)],
    "GET leads/transfers/<batch_id>": [Row(404, TRANSFER)],
    "POST leads/transfers/<batch_id>/undo": [Row(404, TRANSFER)],
    "POST leads/transfers/<batch_id>/try-again": [Row(404, TRANSFER)],
    "GET leads/recent": [Row(200, SEE)],
    "GET leads/views/new": [Row(200, SEE, {"assigned_to": "{colleague}"})],
    "POST leads/views/new": [
        Row(303, SEE, {"name": "Clara's", "assigned_to": "{colleague}"}),
        Row(303, TRANSFER, {"name": "Clara's", "assigned_to": "{colleague}", "shared": "on"}),
        Row(422, SEE, {"name": "Everything"}),
    ],
    "GET leads/views/<view_id>": [Row(404, SEE)],
    "POST leads/views/<view_id>": [Row(404, SEE)],
    "POST leads/views/<view_id>/filters": [Row(404, SEE)],
    "GET leads/<lead_id>": [Row(200, SEE)],
    "POST leads/<lead_id>/claim": [Row(303, EDIT)],
    "GET leads/<lead_id>/edit": [Row(200, EDIT)],
    # What the form began with is missing: somebody else seems to have changed it.
    "POST leads/<lead_id>/edit": [Row(409, EDIT, {"name": "New name"})],
    "POST leads/<lead_id>/responsible": [Row(204, EDIT, assigns=403)],
    "POST leads/<lead_id>/responsible/note": [Row(409, EDIT)],
    "POST leads/<lead_id>/responsible/undo": [Row(409, EDIT)],
    "POST leads/<lead_id>/delete": [Row(303, EDIT)],
    "POST leads/<lead_id>/distinct": [Row(404, TRANSFER)],
    "POST leads/<lead_id>/ask": [Row(303, EDIT, hidden_too=True)],
    "GET departures": [Row(200, TRANSFER)],
    "POST departures/<case_id>/queue": [Row(404, TRANSFER)],
    "POST departures/<case_id>/leave": [Row(404, TRANSFER)],
    "POST departures/<case_id>/give-back": [Row(404, TRANSFER)],
    # What one is told
    "GET notifications": [Row(200)],
    "GET notifications/counts": [Row(200)],
    "POST notifications/read": [Row(303)],
    "GET notifications/settings": [Row(200)],
    "POST notifications/settings": [Row(303)],
    "GET notifications/<notification_id>": [Row(404)],
    # The directory
    "GET directory": [Row(200, MANAGE)],
    "POST directory": [Row(303, MANAGE)],
    "GET directory/deliveries": [Row(302, MANAGE)],
    "GET directory/deliveries/<delivery_id>": [Row(404, MANAGE)],
    "POST directory/deliveries/<delivery_id>/replay": [Row(404, MANAGE)],
    "GET directory/backfill": [Row(302, MANAGE)],
    "POST directory/backfill": [Row(302, MANAGE)],
    # The API
    "GET api/": [Row(404, open=404)],
    "GET api/docs": [Row(200, open=200)],
    "GET api/openapi.json": [Row(200, open=200)],
    "GET api/assignees": [Row(200, EDIT)],
    "GET api/team": [Row(200, SEE)],
    "PATCH api/team/<person_id>": [Row(200, MANAGE, {"capacity": 5}), Row(200, PLAN, {"away_until": None})],
    "GET api/leads": [
        Row(200, SEE),
        Row(200, SEE, {"q": "zulmira"}),
        Row(200, SEE, {"assigned_to": "{colleague}"}),
        Row(200, SEE, {"stage": "novo"}),
    ],
    "POST api/leads": [Row(201, EDIT, NEW, assigns=403), Row(409, EDIT, KNOWN)],
    "GET api/leads/<lead_id>": [Row(200, SEE)],
    "PATCH api/leads/<lead_id>": [Row(200, EDIT, {"message": "Call early"}), Row(200, EDIT, assigns=403)],
    "DELETE api/leads/<lead_id>": [Row(204, EDIT)],
    "GET api/leads/<lead_id>/ownership": [Row(200, SEE)],
    "POST api/leads/transfer": [Row(200, TRANSFER, BATCH)],
    "GET api/leads/transfer/<batch_id>": [Row(404, TRANSFER)],
    "POST api/leads/transfer/<batch_id>/undo": [Row(404, TRANSFER)],
    "GET api/directory": [Row(200, MANAGE)],
    "GET api/directory/deliveries": [Row(200, MANAGE)],
    "POST api/directory/deliveries/<delivery_id>/replay": [Row(404, MANAGE)],
    "POST api/directory/backfill": [Row(409, MANAGE)],
    "GET api/directory/runs/<run_id>": [Row(404, MANAGE)],
}


def routes() -> set[str]:
    """Every address there is, with its parameters as `<name>`."""

    def walk(patterns: list[Any], before: str = "") -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield route.replace("<uuid:", "<").replace("<str:", "<").replace("<int:", "<")
            else:
                yield from walk(pattern.url_patterns, route)

    return set(walk(get_resolver().url_patterns))


def api_calls() -> set[str]:
    """Every operation of the API."""
    paths = json_api.get_openapi_schema()["paths"]
    return {
        f"{method.upper()} {path.lstrip('/').replace('{', '<').replace('}', '>')}"
        for path, methods in paths.items()
        for method in methods
    }


class TestTheTable:
    def test_every_address_is_in_it(self) -> None:
        assert routes() - {key.partition(" ")[2] for key in ENDPOINTS} == set()

    def test_every_api_call_is_in_it(self) -> None:
        assert api_calls() - set(ENDPOINTS) == set()

    def test_nothing_is_in_it_that_is_gone(self) -> None:
        assert {key for key in ENDPOINTS if key.partition(" ")[2] not in routes()} == set()

    def test_what_is_not_in_it_is_no_method_of_that_address(self, client_of: Any, person: MakePerson) -> None:
        client = client_of(person("owner"))
        for route in sorted(routes()):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                # A view of Django's that takes no method for granted answers all of them alike.
                if f"{method} {route}" not in ENDPOINTS and route not in ("", "style", *OF_ANY_METHOD):
                    address = "/" + filled(route, dict.fromkeys(NAMES, UNKNOWN))
                    assert client.generic(method, address).status_code == 405, f"{method} {route} has no row"


NAMES = (
    *("lead_id", "person_id", "key_id", "delivery_id", "run_id", "batch_id", "token"),
    *("case_id", "notification_id", "view_id"),
)
OF_ANY_METHOD = ("api/", "api/docs", "api/openapi.json")


_NOT_THERE = ("delivery_id", "run_id", "batch_id", "case_id", "notification_id", "view_id")


def filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value).replace(f"{{{name}}}", value)
    return text


@dataclass
class World:
    """An asker in an organization with a colleague and a few leads, beside another organization."""

    asker: Viewer
    client: Client
    leads: dict[str, Lead]
    values: dict[str, str]

    def may_see(self, lead: Lead) -> bool:
        if lead.organization_id != self.asker.organization_id:
            return False
        narrowed = self.asker.organization.visibility == "own_and_unassigned" and self.asker.role in SELLERS
        return not narrowed or lead.assigned_to_id in (None, self.asker.person_id)

    def may_give(self, to: str, *, is_new: bool) -> bool:
        free = self.asker.organization.assigning == "anyone" or self.asker.role not in SELLERS
        return free or (to != "" and to == str(self.asker.person_id)) or (to == "" and is_new)


def make_world(
    asker: Viewer, client: Client, colleague: Membership, other: Organization, phone: Iterator[int]
) -> World:
    by, system = asker.organization, Viewer.system(asker.organization)

    def lead(name: str, owner: uuid.UUID | None) -> Lead:
        data = NewLead(name=name, phone=f"(11) 90000-{next(phone):04}", assigned_to=owner)
        return create(data, by=system)

    leads = {"nobody's": lead("Ninguém", None), "a colleague's": lead(HIDDEN, colleague.user_id)}
    if asker.person_id is not None:
        leads["mine"] = lead("Minha", asker.person_id)
    foreign = NewLead(name=FOREIGN, phone="(11) 90000-0001")
    leads["another organization's"] = create(foreign, by=Viewer.system(other))
    key, _ = create_key(by, name="Site", role=Role.SDR, by=None)
    values = {"colleague": str(colleague.user_id), "person_id": str(colleague.user_id), "key_id": str(key.pk)}
    return World(asker, client, leads, values | dict.fromkeys(_NOT_THERE, UNKNOWN) | {"token": "x"})


POLICIES = list(itertools.product(Organization.Visibility.values, Organization.Assigning.values))
FREEST, NARROWEST = POLICIES[0], POLICIES[-1]
# Those whom no policy narrows are asked under the freest and the narrowest.
ROLES_AND_POLICIES = [
    (role.value, policies)
    for role, policies in itertools.product(Role, POLICIES)
    if role in SELLERS or policies in (FREEST, NARROWEST)
]


@pytest.fixture
def make(
    organization: Organization, other_organization: Organization, person: MakePerson, client_of: Callable[..., Client]
) -> Callable[..., World]:
    """The world of a role under policies, asked with a session or with a key."""

    def make(role: str, policies: tuple[str, str], *, by_key: bool = False) -> World:
        organization.visibility, organization.assigning = policies
        organization.save()
        colleague = person("member", name="Clara Dias")
        if by_key:
            key, text = create_key(organization, name="Program", role=Role(role), by=None)
            asker = Viewer(organization, kind="key", role=Role(role), name=key.name, key_id=key.pk)  # type: ignore[arg-type]
            client = Client(headers={"authorization": f"Bearer {text}"})
        else:
            membership = person(role, name="Ana Souza")
            Membership.objects.filter(pk=membership.pk).update(may_own_leads=True)
            asker, client = Viewer.of(membership), client_of(membership)
        return make_world(asker, client, colleague, other_organization, itertools.count(1))

    return make


def ask(client: Client, method: str, address: str, body: dict[str, Any], **headers: str) -> HttpResponse:
    """Send it, and leave everything as it was, the session too."""
    client.raise_request_exception = False
    cookies = SimpleCookie(client.cookies.output(header="", sep=";"))
    with transaction.atomic():
        if method == "GET":
            answer = client.get(address, body, headers=headers)
        elif address.startswith("/api/"):
            answer = client.generic(method, address, json.dumps(body), content_type="application/json", headers=headers)
        else:
            answer = client.post(address, body, headers=headers)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer  # type: ignore[return-value]


def variants(world: World, row: Row, key: str, lead: Lead | None) -> Iterator[tuple[dict[str, Any], int]]:
    """What is sent, and the answer for those who have the right."""
    body = {name: _filled(value, world.values) for name, value in row.body.items()}
    if row.assigns is None:
        yield body, row.ok
        return
    for to in {"", world.values["colleague"], str(world.asker.person_id or "")}:
        unchanged = lead is not None and to == str(lead.assigned_to_id or "")
        ok = unchanged or world.may_give(to, is_new=lead is None)
        sent = to or None if " api/" in key else to
        yield {**body, "assigned_to": sent}, row.ok if ok else row.assigns


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    return filled(value, names) if isinstance(value, str) else value


def expected(world: World, row: Row, ok: int, lead: Lead | None) -> int:
    if row.right is not None and row.right not in RIGHTS[world.asker.role]:
        return 403
    if row.hidden_too and lead is not None and lead.organization_id == world.asker.organization_id:
        return ok
    return ok if lead is None or world.may_see(lead) else 404


def told_too_much(world: World, answer: HttpResponse) -> str:
    """The name of somebody's lead that is in the answer and must not be."""
    said = answer.content.decode() + str(answer.headers)
    secrets = [lead.name for lead in world.leads.values() if not world.may_see(lead)]
    return next((name for name in secrets if name in said), "")


def try_everything(world: World, *, only_api: bool = False) -> list[str]:
    """What was not answered as it should be. What is not about leads is the same under all policies."""
    organization, wrong = world.asker.organization, []
    is_first = (organization.visibility, organization.assigning) == FREEST
    for key, rows in ENDPOINTS.items():
        method, _, route = key.partition(" ")
        if (only_api and not route.startswith("api/")) or not (is_first or "leads" in route):
            continue
        abouts = list(world.leads.items()) if "<lead_id>" in route else [("", None)]
        for row, (about, lead) in itertools.product(rows, abouts):
            address = "/" + filled(route, world.values | {"lead_id": str(lead.pk) if lead else ""})
            for body, ok in variants(world, row, key, lead):
                status = expected(world, row, ok, lead)
                answer = ask(world.client, method, address, body)
                if answer.status_code != status:
                    wrong.append(f"{key} {about} {body}: {answer.status_code}, not {status}")
                if secret := told_too_much(world, answer):
                    wrong.append(f"{key} {about} {body}: tells of {secret}")
    return wrong


@pytest.mark.parametrize(("role", "policies"), ROLES_AND_POLICIES, ids=lambda value: str(value))
class TestWhoMay:
    def test_in_a_browser(self, make: Callable[..., World], role: str, policies: tuple[str, str]) -> None:
        wrong = try_everything(make(role, policies))
        assert not wrong, "\n".join(wrong)

    def test_with_a_key(self, make: Callable[..., World], role: str, policies: tuple[str, str]) -> None:
        wrong = try_everything(make(role, policies, by_key=True), only_api=True)
        assert not wrong, "\n".join(wrong)


class TestStrangers:
    def test_nobody_gets_in_without_signing_in(self, make: Callable[..., World]) -> None:
        world, wrong = make("owner", FREEST), []
        for key, rows in ENDPOINTS.items():
            method, _, route = key.partition(" ")
            address = "/" + filled(route, world.values | {"lead_id": str(world.leads["mine"].pk)})
            usual = 401 if route.startswith("api/") else 302
            answer = ask(Client(), method, address, {})
            if answer.status_code != (rows[0].open or usual):
                wrong.append(f"{key}: {answer.status_code}")
        assert not wrong, "\n".join(wrong)

    def test_another_organization_s_owner_finds_nothing_of_ours(
        self, make: Callable[..., World], person: MakePerson, client_of: Any, other_organization: Organization
    ) -> None:
        world, wrong = make("owner", FREEST), []
        stranger = client_of(person("owner", name="Olga", organization=other_organization))
        lead = world.leads["a colleague's"]
        for key in ENDPOINTS:
            method, _, route = key.partition(" ")
            address = "/" + filled(route, world.values | {"lead_id": str(lead.pk)})
            answer = ask(stranger, method, address, {})
            if "_id>" in route and answer.status_code != 404:
                wrong.append(f"{key}: {answer.status_code}")
            if lead.name in answer.content.decode():
                wrong.append(f"{key} tells of {lead.name}")
        assert not wrong, "\n".join(wrong)
