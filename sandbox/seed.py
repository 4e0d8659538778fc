"""The team that every new sandbox begins with, and more people where more are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clerk_objects import ROLES, NewPerson

DOMAIN = "aurora.example"

TEAM = (
    NewPerson("Ana", "Souza", f"ana.souza@{DOMAIN}", None, "owner"),
    NewPerson("Bruno", "Carvalho", f"bruno.carvalho@{DOMAIN}", None, "admin"),
    NewPerson("Érica", "Nogueira", f"erica.nogueira@{DOMAIN}", None, "manager"),
    NewPerson("João", "da Silva", f"joao.silva@{DOMAIN}", None, "member"),
    NewPerson("Márcia", "Araújo", f"marcia.araujo@{DOMAIN}", None, "member"),
    NewPerson("Thiago", "Gonçalves", f"thiago.goncalves@{DOMAIN}", None, "sdr"),
    NewPerson("Letícia", "Brandão", f"leticia.brandao@{DOMAIN}", None, "sdr"),
    NewPerson("Conceição", "Vasconcelos", f"conceicao@{DOMAIN}", None, "cs"),
    NewPerson("Otávio", "Peçanha", f"otavio.pecanha@{DOMAIN}", None, "support"),
    NewPerson(
        "Maria Antônia Guilhermina",
        "de Albuquerque Cavalcanti e Figueiredo",
        f"antonia.cavalcanti@{DOMAIN}",
        None,
        "manager",
    ),
    NewPerson(None, None, None, "recepcao-01", "member"),
    NewPerson("Zuleica", "Ximenes", f"zuleica.ximenes@{DOMAIN}", "zuleica", "sdr"),
)

_FIRST_NAMES = """
Adriana Aline Amanda Antônio Beatriz Caio Camila Carlos Cláudia Daniel Débora Diego Eduardo Elaine
Fábio Fernanda Gabriel Helena Hugo Inês Isabela Jéssica José Juliana Laís Leandro Luís Luíza Marcelo
Mariana Mônica Natália Otto Patrícia Paulo Rafael Renata Sérgio Sônia Vítor
"""
_LAST_NAMES = """
Almeida Alves Andrade Assunção Barbosa Barros Batista Bezerra Borges Campos Cardoso Castro Conceição
Correia Costa Dias Duarte Farias Fernandes Fonseca Freitas Garcia Gomes Lima Lopes Macedo Magalhães
Martins Medeiros Melo Mendes Moraes Muniz Pereira Pinto Queirós Rocha Sá Siqueira Teixeira
"""


def team(size: int) -> Iterator[NewPerson]:
    """The first `size` people: the team of twelve, then as many made-up ones as are missing."""
    yield from TEAM[:size]
    firsts, lasts = _FIRST_NAMES.split(), _LAST_NAMES.split()
    for number in range(len(TEAM), size):
        first = firsts[number % len(firsts)]
        last = lasts[number // len(firsts) % len(lasts)]
        role = ROLES[3 + number % 4] if number % 10 else None
        yield NewPerson(first, last, f"pessoa.{number:06}@{DOMAIN}", None, role)
