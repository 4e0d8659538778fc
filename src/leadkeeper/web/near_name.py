"""The field or parameter that was meant by a name that does not exist."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from leadkeeper.storage.words import fold

# Names by which other systems call the same things, in letters and digits alone.
_ALSO_CALLED: Final[dict[str, tuple[str, ...]]] = {
    "assigned_to": (
        *("owner", "ownerid", "owneruserid", "leadowner", "responsible", "responsibleid", "responsibleuser"),
        *("responsibleuserid", "assignee", "assigneeid", "assigned", "assignedid", "assigneduser", "assigneduserid"),
        *("user", "userid", "seller", "sellerid", "salesperson", "salespersonid", "person", "personid"),
        *("responsavel", "responsavelid", "vendedor", "vendedorid", "dono"),
    ),
    "name": ("fullname", "firstname", "lastname", "leadname", "contactname", "title", "nome", "nomecompleto"),
    "phone": ("telephone", "tel", "mobile", "cell", "whatsapp", "whatsappnumber", "telefone", "celular", "fone"),
    "email": ("mail", "address", "correio"),
    "stage": ("status", "phase", "step", "state", "etapa", "estagio", "fase", "situacao"),
    "source": ("origin", "channel", "medium", "origem", "canal", "fonte"),
    "campaign": ("ad", "adname", "adset", "form", "formname", "campanha", "anuncio"),
    "temperature": ("heat", "warmth", "rating", "temperatura"),
    "message": ("notes", "note", "comment", "comments", "description", "text", "body", "mensagem", "observacao"),
    "note": ("notes", "comment", "message", "text", "reason", "observacao", "nota"),
    "consent": ("optin", "gdpr", "lgpd", "consentimento", "aceite"),
    "from": ("giver", "sender", "source", "owner", "fromid", "fromuser", "de"),
    "to": ("receiver", "receivers", "recipient", "recipients", "target", "targets", "toids", "touser", "para"),
    "lead_ids": ("leads", "ids", "lead", "leadid"),
    "dry_run": ("preview", "simulate", "simulation", "test"),
    "q": ("query", "search", "term", "filter", "text", "name", "email", "phone", "busca"),
    "limit": ("pagesize", "perpage", "size", "count", "max", "top", "take", "limite"),
    "cursor": ("page", "offset", "after", "startingafter", "next", "nextcursor", "skip", "pagina"),
    "away_until": ("away", "absent", "absentuntil", "vacation", "vacationuntil", "ausente"),
    "capacity": ("maxleads", "maximum", "limit", "capacidade"),
    "may_own_leads": ("mayown", "canown", "canownleads", "owner", "assignable", "responsible"),
}
_LONGEST_COMPARED: Final = 40
_LEAST_ALIKE: Final = 0.75


def near_name(name: str, known: Collection[str]) -> str | None:
    """Which of the known names was meant: `assignedTo` and `owner_id` are `assigned_to`. None where nothing is near."""
    if len(name) > _LONGEST_COMPARED:
        return None
    plain = _plain(name)
    by_plain_name = {_plain(each): each for each in known}
    if plain in by_plain_name:
        return by_plain_name[plain]
    for each in known:
        if plain in _ALSO_CALLED.get(each, ()):
            return each
    close = get_close_matches(plain, by_plain_name, n=1, cutoff=_LEAST_ALIKE)
    return by_plain_name[close[0]] if close else None


def _plain(name: str) -> str:
    return "".join(char for char in fold(name) if char.isalnum())
