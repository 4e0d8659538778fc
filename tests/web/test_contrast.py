"""Words and controls can be told from what they stand on, in both themes.

The pairs are declared where the colours are: in the last comment of tokens.css. Here each is measured as
WCAG 2.2 does it (relative luminance of sRGB), from the OKLCH values as they are written.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import leadkeeper.web

TOKENS = (Path(leadkeeper.web.__file__).parent / "static/css/tokens.css").read_text(encoding="utf-8")
THEMES = ("light", "dark")
RULE = re.compile(r"(text-on|edge-on) ([\d.]+): ([\w-]+) on ([\w\-, ]+)")
VALUE = re.compile(r"--([\w-]+):\s*([^;]+);")
HUES = {name: int(degrees) for name, degrees in re.findall(r'\[data-hue="(\d+)"\]\s*{\s*--hue:\s*(\d+)', TOKENS)}

Colour = tuple[float, float, float]


def declared() -> dict[str, str]:
    return {name: " ".join(value.split()) for name, value in VALUE.findall(TOKENS) if name != "hue"}


def colour(name: str, theme: str, hue: int) -> Colour:
    """The token's colour in linear sRGB, from `light-dark(a, b)`, `oklch(…)` or `var(--other)`."""
    value = declared()[name]
    if both := re.fullmatch(r"light-dark\((oklch\(.*?\)+), (oklch\(.*?\)+)\)", value):
        value = both.group(1 + THEMES.index(theme))
    if other := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return colour(other.group(1), theme, hue)
    numbers = value.removeprefix("oklch(").removesuffix(")").replace("var(--hue)", str(hue)).rstrip(")").split()
    lightness, chroma, degrees = (float(number) for number in numbers)
    return to_linear_srgb(lightness, chroma, math.radians(degrees))


def to_linear_srgb(lightness: float, chroma: float, angle: float) -> Colour:
    """Björn Ottosson's matrices; what lies outside sRGB is cut off at its edge, as screens do."""
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return tuple(min(1.0, max(0.0, part)) for part in (red, green, blue))  # type: ignore[return-value]


def contrast(one: Colour, other: Colour) -> float:
    lighter, darker = sorted(
        (0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other)), reverse=True
    )
    return (lighter + 0.05) / (darker + 0.05)


def pairs() -> Iterator[tuple[str, str, float]]:
    for _, least, front, grounds in RULE.findall(TOKENS):
        for ground in grounds.split(","):
            yield front, ground.strip(), float(least)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "ground", "least"), list(pairs()))
def test_pair_is_far_enough_apart(front: str, ground: str, least: float, theme: str) -> None:
    hues = HUES.values() if "hue-" in front + ground else [0]
    for hue in hues:
        found = contrast(colour(front, theme, hue), colour(ground, theme, hue))
        assert found >= least, f"{front} on {ground}, {theme}, hue {hue}: {found:.2f}"


def test_the_measure_itself() -> None:
    black, white = to_linear_srgb(0, 0, 0), to_linear_srgb(1, 0, 0)
    assert contrast(black, white) == pytest.approx(21, abs=0.01)
    # oklch(0.5 0 0) is rgb(99 99 99), which is 6.0:1 on white
    assert contrast(to_linear_srgb(0.5, 0, 0), white) == pytest.approx(6.0, abs=0.05)


def test_words_need_4_5_and_edges_need_3() -> None:
    for kind, least, _, _ in RULE.findall(TOKENS):
        assert float(least) >= (4.5 if kind == "text-on" else 3)


def test_there_are_twelve_hues() -> None:
    assert sorted(map(int, HUES)) == list(range(12))
