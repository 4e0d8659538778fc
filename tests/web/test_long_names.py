"""Where long names are cut."""

import pytest

from leadkeeper.web.long_names import cut_in_two

NAMES = {
    "": None,
    "João da Silva": None,
    "Maria Aparecida": ("Maria ", "Aparecida"),
    "Maria Antônia Cavalcanti Prado Neto": ("Maria Antônia Cavalcanti ", "Prado Neto"),
    "Maria Antônia de Albuquerque Neto": ("Maria Antônia de Albuquer", "que Neto"),
    "Clínica Odontológica Sorriso Pleno unidade 46": ("Clínica Odontológica Sorriso Pleno ", "unidade 46"),
    "Wolfeschlegelsteinhausenbergerdorff": ("Wolfeschlegelsteinhausenber", "gerdorff"),
    "מרפאת שיניים חיוך מלא של תל אביב": ("מרפאת שיניים חיוך מלא של ", "תל אביב"),
    # Marks stay with their letter, joined pictures together.
    "eeeeeeeeeeee" + "e\u0301" + "eeeeeee": ("eeeeeeeeeeee", "e\u0301eeeeeee"),
    "nnnnnnnnnnnnnn👨\u200d👩\u200d👧oooooo": ("nnnnnnnnnnnnnn", "👨\u200d👩\u200d👧oooooo"),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_end_is_kept_for_it_tells_names_apart(name: str) -> None:
    cut = cut_in_two(name)
    assert cut == NAMES[name]
    assert cut is None or "".join(cut) == name
