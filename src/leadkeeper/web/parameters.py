"""The kinds of parameters that several calls of the API have."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from leadkeeper.storage.errors import Invalid, not_one_of
from leadkeeper.storage.words import LONGEST_QUERY
from leadkeeper.web.field_errors import checked

UUID_PATTERN: Final = "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
# Which words are looked for is said where the parameter is described.
Search = Annotated[str, Field(max_length=LONGEST_QUERY)]
# Text and not a UUID: what is no id at all is of nothing that exists, and that is 404.
PathId = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]


def text(longest: int, **limits: Any) -> WithJsonSchema:
    """How text in a body is described whose limits the verb checks that takes it."""
    return WithJsonSchema({"type": "string", "maxLength": longest, **limits})


def text_of(values: Iterable[str]) -> WithJsonSchema:
    """How text is described that is one of these, in an answer, or in a body where the verb checks it."""
    return WithJsonSchema({"type": "string", "enum": list(values)})


def filter_by(values: Iterable[str]) -> "OneOf":
    """What a parameter is annotated with that narrows a list to one of these; empty, it narrows nothing."""
    return OneOf((*values, ""))


@dataclass(frozen=True)
class OneOf:
    """What a value is annotated with that is one of these; a refusal names them."""

    values: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(checked(self._checked), handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.values)}

    def _checked(self, value: object) -> object:
        if value not in self.values:
            raise Invalid("", not_one_of(filter(None, self.values)))
        return value
