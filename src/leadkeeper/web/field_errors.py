"""What pydantic refuses, and names that do not exist, as errors of fields in the reader's language."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from pydantic_core import PydanticCustomError

from leadkeeper.storage.errors import FieldError, Invalid
from leadkeeper.web.near_name import near_name

# The type of pydantic's error where a check of ours has refused, in words for the reader.
_REFUSED: Final = "refused"
_MOST_UNKNOWN_NAMED: Final = 20
_LONGEST_NAME: Final = 60


def checked(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A check of ours as pydantic calls one: what it raises as Invalid is the error of the field."""

    def validate(value: Any) -> Any:
        try:
            return check(value)
        except Invalid as invalid:
            raise PydanticCustomError(_REFUSED, "{words}", {"words": str(invalid)}) from None

    return validate


def field_errors(errors: Iterable[Mapping[str, Any]], field_of: Callable[[Sequence[Any]], str]) -> list[FieldError]:
    """One error a field, of those that pydantic found. `field_of` finds a field's name in the location of an error."""
    messages: dict[str, str] = {}
    for error in errors:
        messages.setdefault(field_of(error["loc"]), _message(error))
    return [FieldError(*error) for error in messages.items()]


def unknown_fields(names: Iterable[str], known: Collection[str]) -> list[FieldError]:
    """That there are no such fields in the body of a call; of very many names the first ones."""
    near, none = (
        _("Unknown field “%(name)s”. Did you mean “%(near)s”?"),
        _("Unknown field “%(name)s”."),
    )
    return _unknown(names, known, near, none, _("Known fields: %s."))


def unknown_parameters(names: Iterable[str], known: Collection[str]) -> list[FieldError]:
    """That a call has no such query parameters; of very many names the first ones."""
    near = _("Unknown parameter “%(name)s”. Did you mean “%(near)s”?")
    none = _("Unknown parameter “%(name)s”.")
    return _unknown(names, known, near, none, _("Known parameters: %s."))


def _unknown(
    names: Iterable[str], known: Collection[str], with_near: str, without: str, all_known: str
) -> list[FieldError]:
    errors = []
    for name in list(names)[:_MOST_UNKNOWN_NAMED]:
        shown, near = name[:_LONGEST_NAME], near_name(name, known)
        message = with_near % {"name": shown, "near": near} if near else without % {"name": shown}
        if not near and known:
            message += " " + all_known % ", ".join(known)
        errors.append(FieldError(shown, message))
    return errors


def _message(error: Mapping[str, Any]) -> str:
    kind, limits = str(error["type"]), error.get("ctx", {})
    if kind == _REFUSED:
        return str(limits["words"])
    if kind in _WITH_LIMIT:
        name, words = _WITH_LIMIT[kind]
        return str(words() % limits[name])
    # Of what is not among the usual mistakes pydantic speaks English, and of our own classes.
    return _USUAL[kind]() if kind in _USUAL else _("This value is not valid.")


_NOT_TEXT, _NOT_WHOLE, _NOT_BOOLEAN, _NOT_DAY, _NOT_ID = (
    lambda: _("This must be text."),
    lambda: _("This must be a whole number."),
    lambda: _("This must be true or false."),
    lambda: _("This must be a date such as 2026-11-22."),
    lambda: _("Not a valid id."),
)
_USUAL: Final[dict[str, Callable[[], str]]] = {
    "missing": lambda: _("This is required."),
    **dict.fromkeys(("string_type", "string_unicode"), _NOT_TEXT),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size", "finite_number"), _NOT_WHOLE),
    **dict.fromkeys(("bool_type", "bool_parsing"), _NOT_BOOLEAN),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), _NOT_DAY),
    **dict.fromkeys(("uuid_parsing", "uuid_type"), _NOT_ID),
    "list_type": lambda: _("This must be a list."),
}
_WITH_LIMIT: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "greater_than_equal": ("ge", lambda: _("At least %s.")),
    "less_than_equal": ("le", lambda: _("At most %s.")),
    "string_too_long": ("max_length", lambda: _("At most %d characters.")),
    "string_too_short": ("min_length", lambda: _("At least %d characters.")),
    "too_long": ("max_length", lambda: _("At most %d items.")),
    "too_short": ("min_length", lambda: _("At least %d items.")),
}
