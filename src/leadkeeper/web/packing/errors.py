class PackingError(Exception):
    """A source cannot be packed as it is written; the message names the file, the line and the reason."""
