"""What was not given at all, where None is a value of its own: absent keeps, null clears."""

from enum import Enum, auto
from typing import Final


class Unset(Enum):
    """The type of `UNSET`, for annotations such as `UUID | Unset | None`."""

    UNSET = auto()


UNSET: Final = Unset.UNSET
