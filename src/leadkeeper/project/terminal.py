"""The language of the terminal: one, its locale's, for all that commands say. Pages have `LEADKEEPER_LANGUAGE`."""

import gettext as standard
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_CATALOGUES: Final = Path(__file__).parent.parent / "web" / "locale"
_DOMAIN: Final = "django"
_LANGUAGES: Final = {"pt": "pt-br", "en": "en"}


def language(variables: Mapping[str, str] = os.environ) -> str:
    """`pt-br` or `en`, as the locale says; `en` where it names neither. `LANGUAGE` counts as GNU gettext has it."""
    locale = next(filter(None, map(variables.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "C")
    plain = locale.partition(".")[0] in ("C", "POSIX")
    wanted = [locale] if plain else [*variables.get("LANGUAGE", "").split(":"), locale]
    return next((_LANGUAGES[code] for code in (one[:2].lower() for one in wanted) if code in _LANGUAGES), "en")


def gettext(text: str) -> str:
    """The text in the terminal's language, also where the settings cannot be read and Django translates nothing yet."""
    return _catalogue().gettext(text)


def speak_one_language() -> None:
    """Let argparse and the programs that a command starts say their own words in that language too."""
    os.environ["LANGUAGE"] = _locale_name()
    standard.bindtextdomain(_DOMAIN, _CATALOGUES)
    standard.textdomain(_DOMAIN)


def _locale_name() -> str:
    return {"pt-br": "pt_BR", "en": "en"}[language()]


def _catalogue() -> standard.NullTranslations:
    return standard.translation(_DOMAIN, _CATALOGUES, [_locale_name()], fallback=True)


def words_of_argparse() -> list[str]:
    """What argparse says in English: collected from here for the catalogue, since argparse is no source of ours."""
    _ = gettext
    return [
        _("usage: "),
        _("positional arguments"),
        _("options"),
        _("show this help message and exit"),
        _("the following arguments are required: %s"),
        _("unrecognized arguments: %s"),
        _("argument %(argument_name)s: %(message)s"),
        _("invalid choice: %(value)r (choose from %(choices)s)"),
        _("invalid %(type)s value: %(value)r"),
        _("expected one argument"),
        _("expected at least one argument"),
        _("one of the arguments %s is required"),
        _("not allowed with argument %s"),
        _("ambiguous option: %(option)s could match %(matches)s"),
        _("ignored explicit argument %r"),
    ]
