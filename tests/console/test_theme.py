"""Colours: everything that is read has a contrast of 4.5 to 1 and more on what it is drawn on (WCAG 2.1, 1.4.3)."""

from __future__ import annotations

import pytest

from cwtui.console.theme import DAY, INKS, NIGHT, Ink


def luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ink", [NIGHT, DAY], ids=lambda ink: ink.name)
@pytest.mark.parametrize("ground", ["ground", "panel", "chosen"])
def test_every_ink_can_be_read_on_every_ground(ink: Ink, ground: str) -> None:
    drawn = [ink.text, ink.quiet, ink.faint, ink.accent, ink.amber, ink.red, *ink.voices]
    assert min(contrast(one, getattr(ink, ground)) for one in drawn) >= 4.5


def test_the_terminals_own_colours_name_none_of_ours() -> None:
    plain = INKS["cleanwater-ansi"]
    named = [plain.ground, plain.text, plain.quiet, plain.faint, plain.accent, plain.amber, plain.red, *plain.voices]
    assert not [colour for colour in named if colour.startswith("#")]
