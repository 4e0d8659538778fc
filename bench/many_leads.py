"""A large sales team and its leads, made straight in a migrated database: always the same ones.

    DATABASE_URL=… SECRET_KEY=… python -m bench.many_leads --leads 1000000 --people 5000

Names are as frequent as in life: a few that very many have, and many that few have. Leads came evenly over two
years, one in ten has nobody responsible, most old ones are closed. Rows go in by the thousand, so memory stays flat,
and what the product keeps beside them (history, counters, search) is made by its own code.
"""

import argparse
import os
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

from bench.memory import peak_mb
from bench.own_process import in_own_process
from bench.people import FIRST_NAMES, LAST_NAMES, RARE_NAME, ROLES

if TYPE_CHECKING:
    from leadkeeper.leads.models import Lead, OwnershipChange
    from leadkeeper.team.models import Organization

SEED: Final = 20_261_122
AT_ONCE: Final = 2_000
NEWEST: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
OVER: Final = timedelta(days=730)
STAGES: Final = {
    "novo": 14, "primeiro_contato": 10, "qualificado": 7, "proposta": 5, "negociacao": 4,
    "fechado_ganho": 15, "fechado_perdido": 45,
}  # fmt: skip
SOURCES: Final = {
    "whatsapp": 30, "instagram": 22, "landing_page": 16, "trafego_pago": 12, "organico": 9, "indicacao": 8,
    "outro": 2.9, "evento": 0.1,
}  # fmt: skip
DOMAINS: Final = {"gmail.com": 60, "hotmail.com": 14, "outlook.com": 9, "yahoo.com.br": 7, "uol.com.br": 5}
AREAS: Final = {"11": 24, "21": 12, "31": 9, "41": 6, "51": 6, "61": 5, "71": 5, "81": 5, "85": 4, "19": 4, "92": 2}
SYLLABLES: Final = (
    "ba", "be", "bi", "ca", "ce", "do", "da", "fa", "fi", "ga", "go", "gu", "ja", "jo", "la", "li", "lo", "ma", "me",
    "mi", "na", "ni", "no", "pa", "ra", "ri", "ro", "sa", "te", "va",
)  # fmt: skip


@dataclass(frozen=True)
class Filled:
    seconds: float
    peak_mb: float
    """The most memory that the process which made them ever had."""


def fill_database(environment: Mapping[str, str], *, leads: int, people: int) -> Filled:
    """`environment` says which database, which must be migrated and empty of leads."""
    return in_own_process(_fill, dict(environment), leads, people)


def set_up_django(environment: Mapping[str, str]) -> None:
    """Makes the product's code usable in this process, on the database of this environment."""
    os.environ.update(environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = "leadkeeper.project.settings"
    import django

    django.setup()


def _fill(environment: Mapping[str, str], leads: int, people: int) -> Filled:
    set_up_django(environment)
    started = time.perf_counter()
    _make(leads, people)
    return Filled(time.perf_counter() - started, peak_mb(os.getpid()))


def _make(leads: int, people: int) -> None:
    from django.db import connection, transaction

    from leadkeeper.leads.load import recount
    from leadkeeper.leads.models import Lead, OwnershipChange
    from leadkeeper.team.organizations import home

    chance = random.Random(SEED)
    organization = home()
    # So that sellers see less than managers do.
    organization.visibility = organization.Visibility.OWN_AND_UNASSIGNED
    organization.save()
    owners = _make_people(organization, people, chance)
    coming = _leads(organization, owners, leads, chance)
    while batch := list(islice(coming, AT_ONCE)):
        with transaction.atomic():
            Lead.objects.bulk_create(batch)
            OwnershipChange.objects.bulk_create(_first_changes(batch))
    with transaction.atomic():
        recount(organization)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _make_people(organization: "Organization", people: int, chance: random.Random) -> list[uuid.UUID]:
    """The ids of those who may be responsible for leads."""
    from leadkeeper.storage.words import searchable, sortable
    from leadkeeper.team.models import Membership, User

    users: list[User] = []
    memberships: list[Membership] = []
    for number in range(people):
        name = _name(chance)
        email = person_email(number)
        user = User(id=_id(NEWEST - OVER, chance), username=f"p{number}", name=name, email=email)
        users.append(user)
        memberships.append(
            Membership(
                organization=organization,
                user=user,
                directory_role=ROLES[number % len(ROLES)],
                folded_name=sortable(name),
                words=searchable(name, email),
            )
        )
    User.objects.bulk_create(users, AT_ONCE)
    Membership.objects.bulk_create(memberships, AT_ONCE)
    return [each.user_id for each in memberships if each.may_be_responsible]


def person_email(number: int) -> str:
    """The e-mail address of the person of this number; number 0 is a seller."""
    return f"pessoa{number}@empresa.example.com"


def _leads(
    organization: "Organization", owners: list[uuid.UUID], count: int, chance: random.Random
) -> Iterator["Lead"]:
    """Oldest first."""
    from leadkeeper.leads.models import Lead
    from leadkeeper.leads.phone import phone_words
    from leadkeeper.storage.words import fold, searchable

    step = OVER / count
    for number in range(count):
        at = NEWEST - OVER + step * number
        owner = chance.choice(owners) if chance.random() < 0.9 else None
        name = _name(chance)
        with_phone = chance.random() < 0.95
        # Every number once: the last eight digits count up in steps that visit all of them.
        phone = f"+55{_one_of(AREAS, chance)}9{number * 37_999_997 % 100_000_000:08}" if with_phone else ""
        with_email = not with_phone or chance.random() < 0.7
        email = f"{fold(name).split()[0]}.{number}@{_one_of(DOMAINS, chance)}" if with_email else ""
        yield Lead(
            id=_id(at, chance),
            organization=organization,
            name=name,
            phone=phone,
            email=email,
            folded_email=email,
            words=searchable(*phone_words(phone), email, name),
            stage=_one_of(STAGES, chance),
            source=_one_of(SOURCES, chance),
            assigned_to_id=owner,
            assigned_at=at if owner else None,
            created_at=at,
            updated_at=at,
        )


def _first_changes(leads: list["Lead"]) -> list["OwnershipChange"]:
    from leadkeeper.leads.choices import Reason
    from leadkeeper.leads.models import OwnershipChange

    return [
        OwnershipChange(
            organization_id=lead.organization_id,
            lead=lead,
            to_user_id=lead.assigned_to_id,
            by_kind="system",
            by_name="Leadkeeper",
            reason=Reason.IMPORT,
            at=lead.created_at,
        )
        for lead in leads
        if lead.assigned_to_id
    ]


def _name(chance: random.Random) -> str:
    first = chance.choices(FIRST_NAMES, cum_weights=_first_weights)[0]
    if chance.random() < 0.0002:
        return f"{first} {RARE_NAME}"
    # Beside the frequent names one that hardly anybody shares.
    middle = "".join(chance.choices(SYLLABLES, k=3)).capitalize()
    return f"{first} {middle} {chance.choices(LAST_NAMES, cum_weights=_last_weights)[0]}"


def _one_of(weighted: Mapping[str, float], chance: random.Random) -> str:
    return chance.choices(list(weighted), weights=list(weighted.values()))[0]


def _id(at: datetime, chance: random.Random) -> uuid.UUID:
    """A UUIDv7 of that moment."""
    milliseconds = int(at.timestamp() * 1000)
    bits = chance.getrandbits(74)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1)


_first_weights: Final = list(accumulate(1 / (rank + 1) for rank in range(len(FIRST_NAMES))))
_last_weights: Final = list(accumulate(1 / (rank + 1) for rank in range(len(LAST_NAMES))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=5_000)
    arguments = parser.parse_args()
    made = _fill({}, arguments.leads, arguments.people)
    print(f"{arguments.leads:,} leads and {arguments.people:,} people: {made.seconds:.0f} s, {made.peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
