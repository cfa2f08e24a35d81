"""Every text colour has a contrast of at least 4.5:1 on its background (WCAG 2.1, 1.4.3)."""

from __future__ import annotations

import pytest

from cwtui.console.theme import DARK, LIGHT, PALETTES, Palette


def luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
@pytest.mark.parametrize("ground", ["ground", "panel", "selection"])
def test_every_text_colour_has_enough_contrast(palette: Palette, ground: str) -> None:
    colours = [palette.text, palette.quiet, palette.faint, palette.accent, palette.amber, palette.red, *palette.voices]
    assert min(contrast(colour, getattr(palette, ground)) for colour in colours) >= 4.5


def test_the_ansi_palette_has_no_rgb_colours() -> None:
    palette = PALETTES["cleanwater-ansi"]
    colours = [
        palette.ground,
        palette.text,
        palette.quiet,
        palette.faint,
        palette.accent,
        palette.amber,
        palette.red,
        *palette.voices,
    ]
    assert not [colour for colour in colours if colour.startswith("#")]
