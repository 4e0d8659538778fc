"""Sixty leads to look at, loaded through the product's own API as any integrator would."""

from __future__ import annotations

import json
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from sandbox.clerk_objects import JsonObject

#: name and area code; the rest follows from the place in this list, so that it is the same every time
_PEOPLE = """
Adriano Pimentel 11 | Alessandra Furtado 21 | Amauri Benevides 31 | Ângela Portela 41 | Antônio Sá Freire 51
Bárbara Quintanilha 11 | Benício Trajano 61 | Berenice Lacerda 71 | Breno Falcão 81 | Bruna Salgueiro 85
Cássia Drummond 11 | Cauã Meirelles 19 | Cecília Arantes 21 | César Bittencourt 27 | Cíntia Valadares 31
Clóvis Amorim 34 | Dalva Rezende 41 | Dario Monteiro 47 | Denise Guimarães 48 | Djalma Estrela 51
Edna Passos 11 | Elisângela Prates 61 | Emerson Tavolaro 62 | Estela Cintra 65 | Evandro Mascarenhas 71
Fabiana Leal 73 | Felipe Damasceno 81 | Flávia Siqueira 82 | Francisco de Assis Rangel 84 | Gabriela Toledo 85
Geraldo Nepomuceno 11 | Gisele Bragança 11 | Gustavo Heringer 21 | Heitor Sampaio 22 | Heloísa Vidigal 31
Henrique Zanetti 11 | Iara Camargo 16 | Ícaro Penha 32 | Ingrid Scheffer 47 | Irineu Bonfim 71
Ivone Caldeira 91 | Janaína Fagundes 92 | Joaquim Peixoto 11 | Jorge Abrantes 12 | Josefa Leitão 83
Juçara Belmonte 51 | Karina Boaventura 11 | Lázaro Quaresma 75 | Lívia Montenegro 21 | Lourdes Sarmento 98
Marcos Tourinho 86 | Marlene Coutinho 11 | Nélio Saldanha 24 | Olívia Starling 31 | Osvaldo Brito 67
Pérola Maciel 79 | Raimundo Nonato Feitosa 85 | Rosângela Padilha 54 | Tânia Albernaz 13 | Ubirajara Cruz 63
"""
_STAGES = ("novo", "primeiro_contato", "novo", "qualificado", "proposta", "primeiro_contato", "novo")
_LATE_STAGES = ("negociacao", "fechado_ganho", "qualificado", "fechado_perdido")
_SOURCES = (
    *("whatsapp", "instagram", "landing_page", "whatsapp", "indicacao", "trafego_pago", "organico"),
    *("evento", "whatsapp", "landing_page", "outro"),
)
_TEMPERATURES = ("quente", "morno", "frio", "morno", "")
_MESSAGES = (
    "Quero saber os preços para uma equipe de 10 pessoas.",
    "Pode me ligar depois das 18h?",
    "Vi o anúncio no Instagram e gostei. Vocês atendem a minha região?",
    "",
    "Indicação da Beatriz. Preciso decidir até o fim do mês.",
    "Já uso outra ferramenta e quero trocar. Dá para importar os contatos?",
    "",
    "Gostaria de agendar uma demonstração.",
)


class NotLoaded(Exception):
    """The product did not take the sample leads; the message says what it answered."""


def sample_leads() -> list[JsonObject]:
    """The sixty, the same every time, without anybody responsible yet."""
    leads = []
    entries = [entry for line in _PEOPLE.strip().splitlines() for entry in line.split("|")]
    for number, entry in enumerate(entries):
        name, _, area = entry.strip().rpartition(" ")
        late = number % 6 == 5
        stage = _LATE_STAGES[number // 6 % 4] if late else _STAGES[number % 7]
        lead: JsonObject = {
            "name": name,
            "phone": f"+55 {area} 9{8000 + number * 29 % 1999:04}-{(number * 7919 + 1234) % 10000:04}",
            "source": _SOURCES[number % len(_SOURCES)],
            "stage": stage,
            "temperature": _TEMPERATURES[number % 5],
            "message": _MESSAGES[number % 8],
        }
        if number % 4 != 3:
            lead["email"] = f"{_plain(name)}@exemplo.example"
        leads.append({field: value for field, value in lead.items() if value != ""})
    return leads


def has_leads(url: str, key: str) -> bool:
    """Whether the product holds any lead already."""
    status, answer = _call("GET", f"{url}/api/leads?limit=1", key)
    if status != 200:
        raise NotLoaded(f"GET /api/leads answered {status}: {_detail(answer)}")
    return bool(answer.get("items"))


def load(url: str, key: str, on_progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Post every sample lead; those that are there already stay as they are. Returns how many are new.

    Spread over the people who may own leads, twice as many to the first half; of the new leads half have nobody.
    """
    status, answer = _call("GET", f"{url}/api/assignees?{urlencode({'limit': 200})}", key)
    if status != 200:
        raise NotLoaded(f"GET /api/assignees answered {status}: {_detail(answer)}")
    people = [person["id"] for person in answer["items"]]
    leads = sample_leads()
    new = 0
    for number, lead in enumerate(leads):
        on_progress(number, len(leads))
        nobody = not people or (lead["stage"] == "novo" and number % 2 == 0)
        place = number % (len(people) + len(people) // 2) if people else 0
        responsible = None if nobody else people[place % len(people)]
        body = {**lead, "assigned_to": responsible}
        status, answer = _call("POST", f"{url}/api/leads", key, body, f"sample-lead-{number + 1:02}")
        if status == 201:
            new += 1
        elif status != 409:
            raise NotLoaded(f"POST /api/leads answered {status} to {lead['name']}: {_detail(answer)}")
    return new


def _call(
    method: str, url: str, key: str, body: JsonObject | None = None, idempotency_key: str = ""
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        raise NotLoaded(f"{method} {url} failed: {error}") from None


def _detail(answer: Any) -> str:
    """The sentence of a problem answer, or the beginning of whatever came."""
    try:
        problem = json.loads(answer)
        errors = "; ".join(f"{error['field']}: {error['message']}" for error in problem.get("errors", []))
        return str(errors or problem.get("detail") or problem.get("title"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return str(answer)[:200]


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return ".".join("".join(char for char in decomposed if char.isascii()).split())
