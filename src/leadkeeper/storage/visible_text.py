"""One line of text as people see it: without what shows nothing, and without what makes it show as another text.

Invisible characters let one text pass for another, or for none. The set is Unicode's Default_Ignorable_Code_Point
(DerivedCoreProperties.txt), the controls, and the few others that have no ink. Some of them mean something in their
place, and stay there: joiners in scripts that need them, and joiners, selectors and tags in emoji.
"""

import re
import unicodedata
from itertools import dropwhile
from typing import Final

# Characters that show nothing wherever they stand: controls, format and direction characters, Hangul fillers,
# blank symbols, noncharacters. Not the joiners, selectors and tags, which `_CONTEXTUAL` judges.
_NEVER_VISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff"
    "\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff"
    "\U000e01f0-\U000e0fff]+"
)
_FIRST_MARK: Final = "\u0300"
# An empty Braille cell is the space of Braille.
_BLANK: Final = "\u2800"

_JOINERS: Final = "\u200c\u200d"
# Letters of scripts whose letters join or stack: Hebrew to Tibetan, Myanmar, Khmer, Mongolian, Indic, Arabic forms.
_JOINING: Final = (
    "\u0590-\u109f\u1700-\u180a\u1810-\u18af\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
_EMOJI: Final = "\u00a9\u00ae\u203c-\u2bff\u3030-\u303d\u3297\u3299\U0001f000-\U0001faff"
_SELECTABLE: Final = "\u00a9\u00ae\u0590-\u1809\u1810-\u1fff\u2010-\u2fff\u3001-\ufdff\ufe10-\U000dffff"
_CONTEXTUAL: Final = re.compile(
    "(?P<meant>"
    f"(?<=[{_JOINING}])[{_JOINERS}](?=[{_JOINING}])"
    f"|(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])"
    "|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    f"|(?<=[{_SELECTABLE}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<=[\u1820-\u18aa])[\u180b-\u180f]"
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f"
    ")|[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)


def visible(text: str) -> str:
    """The text in one line, words separated by single spaces; empty where there is nothing to see in it.

    Linear in the length of the text.
    """
    if text.isprintable() and max(text, default="") < _FIRST_MARK:
        # Latin letters: all that is invisible among them is not printable.
        return " ".join(text.split())
    # White space first: some of it counts as controls.
    line = " ".join(text.replace(_BLANK, " ").split())
    line = _CONTEXTUAL.sub(lambda found: found["meant"] or "", _NEVER_VISIBLE.sub("", line))
    return " ".join(word for word in map(_without_stray_marks, line.split()) if word)


def storable(text: str) -> str:
    """The text without what no database keeps or no reader sees: NUL, control characters, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cs"))


def _without_stray_marks(word: str) -> str:
    """The word without combining marks at its beginning, which would sit on whatever is shown before it."""
    return "".join(dropwhile(_needs_a_letter, word))


def _needs_a_letter(char: str) -> bool:
    return unicodedata.category(char).startswith("M") or char in _JOINERS
