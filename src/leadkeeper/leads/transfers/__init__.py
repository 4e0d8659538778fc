"""Many leads that change hands at once: decided, previewed, carried out as a batch, and undone."""
