"""Captions of any text are legible and inside the safe area."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.text import CaptionRenderer, TextStyle, upright
from engine.text.raster import text_extent

from .golden_texts import fixed_fonts


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> Iterator[None]:
    with fixed_fonts():
        yield


def box(layer: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the visible pixels."""
    rows, columns = np.flatnonzero(layer[..., 3].any(axis=1)), np.flatnonzero(layer[..., 3].any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


scripts = st.sampled_from(
    ["abc def ", "привет ", "مرحبا ", "क्षेत्र ", "你好，", "שלום ", "น้ำ", "😀👩‍🚀", "ﬀi", "♪ ", "12. "]
)
texts = st.lists(st.one_of(scripts, st.just("\n")), min_size=1, max_size=12).map("".join).filter(str.strip)
styles = st.builds(
    TextStyle,
    bold=st.booleans(),
    size=st.floats(0.02, 0.25),
    outline=st.sampled_from([0.0, 0.08, 0.3]),
    shadow=st.sampled_from([0.0, 0.1]),
    box=st.sampled_from(["", "#000000a0"]),
    position=st.sampled_from(["bottom", "top"]),
    align=st.sampled_from(["left", "center", "right"]),
    sides=st.sampled_from([0.0, 0.05, 0.2]),
    ends=st.sampled_from([0.0, 0.05, 0.3]),
)


@settings(max_examples=40)
@given(texts, styles, st.sampled_from([(640, 360), (180, 320), (97, 61)]))
@example("abc def ", TextStyle(size=0.25, outline=0.08, shadow=0.1, box="", align="right"), (640, 360))
@example("你好，abc def ", TextStyle(size=0.25, box="", align="left", sides=0.2), (180, 320))
def test_nothing_is_outside_the_safe_area(text: str, style: TextStyle, size: tuple[int, int]) -> None:
    width, height = size
    left, top, right, bottom = box(CaptionRenderer(width, height, style).draw(text))
    sides, ends = width * style.sides, height * style.ends
    # Antialiased edges may extend a pixel or two further.
    assert left >= sides - 2
    assert right <= width - sides + 2
    assert (top >= ends - 2) if style.position == "top" else (bottom <= height - ends + 2)


def test_a_word_of_a_thousand_letters_is_broken_and_shrunk() -> None:
    left, top, right, bottom = box(CaptionRenderer(640, 360, TextStyle()).draw("supercalifragilistic" * 50))
    assert right - left > 400
    assert bottom - top < 200


def test_text_is_placed_by_its_alignment() -> None:
    for align, side in (("left", 0), ("right", 2)):
        edges = box(CaptionRenderer(640, 360, TextStyle(align=align, box="", sides=0.1)).draw("here"))  # type: ignore[arg-type]
        assert edges[side] == pytest.approx(64 if align == "left" else 576, abs=2)
    left, _, right, _ = box(CaptionRenderer(640, 360, TextStyle(box="")).draw("here"))
    assert left + right == pytest.approx(640, abs=3)


def test_empty_text_draws_nothing() -> None:
    for text in ("", " \n ", "\n"):
        assert not CaptionRenderer(64, 36, TextStyle()).draw(text).any()


def test_text_with_invalid_xml_characters_is_drawn() -> None:
    assert CaptionRenderer(320, 180, TextStyle()).draw("a \x00 & <b> \ud800 ]]>").any()


def text_width(text: str) -> float:
    left, right = text_extent(upright(), False, text)
    return right - left


def test_complex_scripts_are_shaped() -> None:
    # Arabic letters join; a Devanagari conjunct is narrower than its parts; ZWNJ prevents joining.
    assert text_width("ببب") < 0.8 * text_width("ب ب ب")
    assert text_width("क्ष") < 0.9 * (text_width("क") + text_width("ष"))
    assert text_width("ي\u200cي\u200cي") > 1.1 * text_width("ييي")
