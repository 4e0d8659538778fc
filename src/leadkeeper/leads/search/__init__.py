"""Finding leads among a million, by the beginnings of words."""
