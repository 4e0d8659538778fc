"""The few ways in which a verb refuses. Pages, API and command line each turn them into their own words once."""


class Refused(Exception):
    """Something was asked for that cannot be done; `str()` of it is a sentence for the reader."""


class NotFound(Refused):
    """It does not exist, for this viewer."""


class NotAllowed(Refused):
    """The viewer's role does not permit it; `field` is the one that asks for too much, where it is one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Invalid(Refused):
    """The value of a field cannot be taken; nothing was stored."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(Refused):
    """Somebody else was there first, or the state does not allow it."""
