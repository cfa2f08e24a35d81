"""Fonts of packages: sanitized, without hinting and without names of others, and bounded in what they draw."""

from __future__ import annotations

import importlib.util
import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from engine.errors import RequestError
from engine.market import install
from engine.market.font import canonical_font, rewritten_font
from engine.market.font_growth import most_glyphs, most_points
from engine.text import bundled_font
from engine.titles import TitleRenderer, load_title

from .attack_fonts import (
    ATTACKS,
    calling_outlines,
    composites,
    contextual_laughs,
    laughs,
    plain,
    small_font,
    varying,
    with_table,
)
from .packages import made, opened, preset_bytes

TITLE = (
    b'version = 1\ntitle = "Squares"\nkind = "title"\n[[layers]]\nkind = "text"\ntext = "abc"\nfont = "squares.ttf"\n'
    b"size = 20\n"
)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(name: str) -> None:
    content, reason = ATTACKS[name]
    with pytest.raises(RequestError, match=reason):
        rewritten_font(content())


def test_a_font_is_written_in_one_form() -> None:
    made = canonical_font(small_font("feature liga { sub g0 g1 by g2; } liga;", hinted=True), "a.ttf")
    assert canonical_font(made, "a.ttf") == made
    font = TTFont(io.BytesIO(made))
    assert "fpgm" not in font
    assert "GSUB" in font
    assert font["name"].getBestFamilyName().startswith("Package ")
    # The author's notice stays, as plain text.
    assert font["name"].getDebugName(0) == "By Ada"
    assert b"Attack" not in made


def test_fonts_of_other_outlines_have_other_names() -> None:
    families = {
        TTFont(io.BytesIO(rewritten_font(content)))["name"].getBestFamilyName()
        for content in (plain(), small_font(family="FiraGO"), small_font("feature liga { sub g0 g1 by g2; } liga;"))
    }
    assert len(families) == 2


@pytest.mark.parametrize("lookups", [1, 5])
def test_the_bound_on_glyphs_is_what_the_rules_make(lookups: int) -> None:
    for rules in (laughs(lookups), contextual_laughs(lookups)):
        assert most_glyphs(TTFont(io.BytesIO(small_font(rules)))) == ("g0", 2**lookups)
    assert most_points(TTFont(io.BytesIO(composites(lookups)))) == ("g0", 4 * 8**lookups)


def test_a_variable_font_becomes_its_regular_weight() -> None:
    """At weight 400, halfway from the default to the boldest, the letters are 150 wider than at the default."""
    made = rewritten_font(varying())
    assert rewritten_font(made) == made
    font = TTFont(io.BytesIO(made))
    assert not {"fvar", "gvar", "STAT", "HVAR"} & set(font.keys())
    assert font["glyf"]["g0"].xMax == 650
    assert font["hmtx"]["g0"][0] == 750


@pytest.mark.parametrize("tag", [b"fvar", b"gvar"])
def test_variations_that_lie_are_left_out(tag: bytes) -> None:
    made = rewritten_font(with_table(varying(), tag, lambda table: table[: len(table) // 2]))
    assert TTFont(io.BytesIO(made))["glyf"]["g0"].xMax == 500


@pytest.mark.slow
def test_a_large_font_is_accepted() -> None:
    """The reference of Chinese characters has 31,000 glyphs in 10.6 MB."""
    made = canonical_font(large_font().read_bytes(), "large.ttf")
    assert len(TTFont(io.BytesIO(made)).getGlyphOrder()) > 30_000


def large_font() -> Path:
    folder = importlib.util.find_spec("zhplot")
    assert folder is not None
    assert folder.origin is not None
    return Path(folder.origin).parent / "fonts" / "NotoSansSC-Regular.ttf"


def test_a_title_draws_its_own_font(tmp_path: Path) -> None:
    package = made({"item.toml": TITLE, "squares.ttf": plain()}, "title")
    assert opened(package.archive) == package
    record = install(tmp_path, package, "")
    assert set(record.files) == {"titles/ada-dusk-1-0-0.toml", "titles/ada-dusk-1-0-0-squares.ttf"}
    template = load_title("ada-dusk-1-0-0", tmp_path / "titles")
    layer = TitleRenderer(template, {}, (320, 180), Fraction(2)).at(Fraction(1))
    assert layer is not None
    columns = np.flatnonzero((layer[..., 3] > 128).any(axis=0))
    # Three squares, five sixths of their advance wide.
    assert len(np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)) == 3


def test_a_package_names_only_its_own_fonts() -> None:
    for name in (b"/etc/hosts.ttf", b"../other.ttf", b"~/other.ttf", b"missing.otf", b"squares.ttc"):
        with pytest.raises(RequestError, match="file of the package"):
            made({"item.toml": TITLE.replace(b"squares.ttf", name), "squares.ttf": plain()}, "title")
    with pytest.raises(RequestError, match="belongs to nothing"):
        made({"item.toml": preset_bytes("title", "title"), "squares.ttf": plain()}, "title")


@pytest.mark.slow
def test_outlines_that_call_each_other_are_refused() -> None:
    with pytest.raises(RequestError, match="The sanitizer needs more than 8 s"):
        rewritten_font(calling_outlines(9))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sans", "noto", "ubuntu", "mono", "code"])
def test_the_bundled_fonts_could_be_packages(name: str) -> None:
    made = canonical_font(bundled_font(name, False).read_bytes(), "a.otf")  # type: ignore[arg-type]
    assert canonical_font(made, "a.otf") == made
