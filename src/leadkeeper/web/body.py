"""What clients of the API send as JSON: read strictly, and with all that is wrong kept for whoever refuses it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, Final, NoReturn, Self

from django.utils.translation import gettext as _
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from leadkeeper.storage.errors import FieldError, Invalid, Refusals
from leadkeeper.web.field_errors import checked, field_errors, unknown_fields

_LONGEST_DAY: Final = 10


class Body(BaseModel):
    """The body of a call.

    A field that is wrong does not end the reading: it is left out, and `refused` says what is wrong with it. The verb
    that is called with the rest takes `refused`, and refuses all at once. A verb that is not given it would take half
    of what was sent for all of it.
    """

    model_config = ConfigDict(extra="forbid")

    # What stands in for a required field that is wrong or missing, so that the others can be looked at.
    stand_ins: ClassVar[Mapping[str, object]] = {}
    _refused: tuple[FieldError, ...] = PrivateAttr(default=())

    @property
    def refused(self) -> tuple[FieldError, ...]:
        return self._refused

    @classmethod
    def field_names(cls) -> list[str]:
        """The names of the fields, as a client writes them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @model_validator(mode="wrap")
    @classmethod
    def _leave_out_what_is_wrong(cls, given: object, read: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(given, dict):
            return read(given)
        known = cls.field_names()
        unknown = [name for name in given if name not in known]
        right = {name: value for name, value in given.items() if name in known}
        refusals = Refusals(unknown_fields(unknown, known))
        try:
            body = read(right)
        except ValidationError as error:
            refusals.add(*field_errors(error.errors(include_url=False, include_input=False), _first_name))
            stand_ins = {name: value for name, value in cls.stand_ins.items() if name in refusals}
            body = read(stand_ins | {name: value for name, value in right.items() if name not in refusals})
        body._refused = tuple(refusals)
        return body


def _first_name(location: Sequence[Any]) -> str:
    """Of `("lead_ids", 3)` the field in which it is."""
    return str(location[0])


def parse_json(raw: bytes) -> object:
    """The value that a body of JSON holds.

    Raises ValueError for what is no JSON as RFC 8259 has it (NaN is none) or more than Python reads (very deep
    nesting, thousands of digits), and Invalid for a name that is there twice in one object: which of both values was
    meant, nobody knows.
    """
    try:
        return json.loads(raw, object_pairs_hook=_object, parse_constant=_no_json)
    except RecursionError:
        raise ValueError("too deep") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names: set[str] = set()
        for name, _value in pairs:
            if name in names:
                raise Invalid(name, _("Given more than once."))
            names.add(name)
    return value


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _written_as_day(value: object) -> object:
    """Only `2026-11-22` is a day: pydantic would take numbers for seconds since 1970."""
    if not isinstance(value, str) or len(value) != _LONGEST_DAY:
        raise Invalid("", _("This must be a date such as 2026-11-22."))
    return value


def _written_as_number(value: object) -> object:
    """`5` and `5.0` are the same to JSON; `"5"` and `true` are no numbers: pydantic would take them for some."""
    if isinstance(value, str | bool):
        raise Invalid("", _("This must be a whole number."))
    return value


# What a number of a body is annotated with, after its limits.
WHOLE: Final = BeforeValidator(checked(_written_as_number))
Day = Annotated[date, BeforeValidator(checked(_written_as_day)), WithJsonSchema({"type": "string", "format": "date"})]
