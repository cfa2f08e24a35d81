"""Titles as pictures: in each shape and script, at exact times, and what does not fit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.errors import RequestError
from engine.keyframes import without_clock
from engine.speech import CueWord
from engine.titles import TitleRenderer, TitleTemplate, load_title, title_names
from engine.titles.counter import Counter
from tests.text.golden_texts import fixed_fonts

WIDE, TALL, SQUARE = (640, 360), (360, 640), (360, 360)
SECONDS = Fraction(5)


def plain(**layer: object) -> TitleTemplate:
    text = {"kind": "text", "text": "{title}", **layer}
    return TitleTemplate.model_validate(
        {"name": "plain", "fields": {"title": {"default": "Hello", "most": 500}}, "layers": [text]}
    )


def seen(layer: NDArray[np.uint8] | None) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what a layer shows."""
    assert layer is not None
    rows, columns = (np.flatnonzero(layer[..., 3].any(axis=axis)) for axis in (1, 0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("size", [WIDE, TALL, SQUARE], ids=["wide", "tall", "square"])
@pytest.mark.parametrize("name", title_names())
def test_texts_are_in_the_safe_area_of_each_shape(name: str, size: tuple[int, int]) -> None:
    renderer = TitleRenderer(load_title(name), {}, size, SECONDS)
    block = renderer.block
    assert block.x >= 0.05 * size[0] - 1
    assert block.y >= 0.05 * size[1] - 1
    assert block.x + block.width <= 0.95 * size[0] + 1
    assert block.y + block.height <= 0.95 * size[1] + 1
    assert renderer.at(SECONDS / 2) is not None
    assert renderer.at(SECONDS) is None
    assert renderer.at(Fraction(-1, 100)) is None


@pytest.mark.parametrize("duration", [Fraction(1, 3), Fraction(2), Fraction(20)])
def test_begin_and_end_adapt_to_the_length(duration: Fraction) -> None:
    renderer = TitleRenderer(load_title("lower-third"), {}, WIDE, duration)
    begin, end = seen(renderer.at(duration / 100)), renderer.at(duration * Fraction(999, 1000))
    middle = renderer.at(duration * Fraction(3, 5))
    assert middle is not None
    assert begin[2] - begin[0] < seen(middle)[2] - seen(middle)[0]
    assert end is None or int(end[..., 3].astype(int).sum()) < int(middle[..., 3].astype(int).sum()) / 4


def test_a_picture_depends_on_the_time_alone() -> None:
    times = [Fraction(number, 7) for number in (3, 1, 30, 2)]
    with without_clock():
        first = TitleRenderer(load_title("title"), {}, WIDE, SECONDS)
        forwards = {time: first.at(time) for time in sorted(times)}
        again = TitleRenderer(load_title("title"), {}, WIDE, SECONDS)
        for time in times:
            np.testing.assert_array_equal(again.at(time), forwards[time])


def test_a_title_at_rest_is_the_same_array() -> None:
    renderer = TitleRenderer(load_title("lower-third"), {}, WIDE, SECONDS)
    assert renderer.at(Fraction(2)) is not None
    assert renderer.at(Fraction(5, 2)) is renderer.at(Fraction(3))


@pytest.mark.parametrize(
    ("name", "leftward"),
    [
        ("Ada Lovelace", False),
        ("ليلى العامري", True),
        ("דנה לוי", True),
        ("अनन्या शर्मा", False),
        ("田中さくら", False),
        ("สมชาย ใจดี", False),
    ],
    ids=["Latin", "Arabic", "Hebrew", "Devanagari", "Japanese", "Thai"],
)
def test_each_script_is_drawn_and_right_to_left_is_mirrored(name: str, leftward: bool) -> None:
    with fixed_fonts():
        renderer = TitleRenderer(load_title("lower-third"), {"name": name, "role": ""}, WIDE, SECONDS)
        left, _, right, _ = seen(renderer.at(Fraction(2)))
    assert ((left + right) / 2 > WIDE[0] / 2) == leftward


def test_words_that_arrive_are_the_whole_text_in_the_end() -> None:
    """Joined letters keep their forms where each word is drawn by itself."""
    keys = [{"time": 0, "value": 0}, {"time": "1/10", "value": 1}]
    moving = {"property": "opacity", "each": "word", "stagger": "1/2", "keys": keys}
    for text in ("one two three", "ليلى العامري مهندسة", "अनन्या शर्मा जल"):
        still = TitleRenderer(plain(size=8), {"title": text}, WIDE, SECONDS).at(Fraction(4))
        words = TitleRenderer(plain(size=8, motion=[moving]), {"title": text}, WIDE, SECONDS)
        made = words.at(Fraction(4))
        assert still is not None
        assert made is not None
        assert np.abs(still.astype(int) - made).mean() < 0.05
        first = words.at(Fraction(3, 10))
        assert first is not None
        assert 0 < first[..., 3].astype(int).sum() < made[..., 3].astype(int).sum() / 2


def test_a_long_text_gets_smaller_and_is_then_refused_with_its_words() -> None:
    def height(text: str) -> int:
        layer = TitleRenderer(plain(size=10, least=5), {"title": text}, WIDE, SECONDS).at(Fraction(2))
        _, top, _, bottom = seen(layer)
        return bottom - top

    assert height("Hlg" * 14) < height("Hlg" * 4)
    text = "The quick brown fox jumps over the lazy dog and a harbour wall with many boats"
    with pytest.raises(RequestError, match="no room for “dog and a harbour wall with many boats”"):
        TitleRenderer(plain(size=10, least=8), {"title": text}, WIDE, SECONDS)
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
    with pytest.raises(RequestError, match=f"“{long}”"):
        TitleRenderer(plain(size=16, least=12, rows=3), {"title": long}, WIDE, SECONDS)


def test_rows_are_equally_long() -> None:
    renderer = TitleRenderer(plain(size=9, rows=2), {"title": "Water for all of the people in town now"}, WIDE, SECONDS)
    layer = renderer.at(Fraction(2))
    assert layer is not None
    _, top, _, bottom = seen(layer)
    middle = (top + bottom) // 2
    widths = [seen(part)[2] - seen(part)[0] for part in (layer[:middle], layer[middle:])]
    assert min(widths) > 0.7 * max(widths)


def test_a_missing_glyph_and_a_missing_font_are_errors() -> None:
    with pytest.raises(RequestError, match="No font on this machine contains"):
        TitleRenderer(plain(), {"title": "\U0001e900"}, WIDE, SECONDS)
    with pytest.raises(RequestError, match="not found"):
        TitleRenderer(plain(font="/nowhere/font.otf"), {}, WIDE, SECONDS)


def test_a_template_that_is_higher_than_the_picture_is_refused() -> None:
    with pytest.raises(RequestError, match="does not fit in the picture"):
        TitleRenderer(plain(size=20, rows=12, leading=3), {"title": "\n".join("abcdef")}, WIDE, SECONDS)


def test_words_are_lit_as_they_are_spoken() -> None:
    words = [CueWord(0, 5, Fraction(0), Fraction(1)), CueWord(6, 11, Fraction(1), Fraction(2))]
    renderer = TitleRenderer(load_title("captions"), {"caption": "first words"}, WIDE, Fraction(3), words)

    def yellow(time: Fraction) -> float:
        """Where the spoken word is, on average."""
        layer = renderer.at(time)
        assert layer is not None
        lit = (layer[..., 0] > 200) & (layer[..., 2] < 120) & (layer[..., 3] > 200)
        return float(np.nonzero(lit)[1].mean()) if lit.any() else -1

    middle = renderer.block.x + renderer.block.width / 2
    assert 0 < yellow(Fraction(1, 2)) < middle < yellow(Fraction(3, 2))
    assert yellow(Fraction(5, 2)) == -1


def test_a_bar_fills_with_the_time() -> None:
    renderer = TitleRenderer(load_title("progress"), {"accent": "#ff0000"}, WIDE, Fraction(10))

    def filled(time: Fraction) -> int:
        layer = renderer.at(time)
        assert layer is not None
        return int((layer[..., 0].astype(int) - layer[..., 1] > 120).any(axis=0).sum())

    assert filled(Fraction(5)) == pytest.approx(filled(Fraction(9)) * 5 / 9, abs=3)


def test_a_counter_shows_each_number_and_does_not_jump() -> None:
    layer = (
        load_title("counter")
        .layers[1]
        .model_copy(update={"first": "8", "last": "1250.5", "suffix": " km", "decimals": 1})
    )
    counter = Counter(layer, 360)
    assert [counter.text(share) for share in (0.0, 1.0)] == ["8.0", "1 250.5"]
    assert counter.text(0.5) == "629.2"
    widths = {counter.sprite(share).right for share in (0.2, 0.41, 0.5)}
    assert len(widths) == 1
    assert Counter(layer.model_copy(update={"first": "-5", "last": "-3"}), 360).text(0.0) == "-5.0"


def test_an_image_is_drawn_at_its_height(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (40, 20), (255, 0, 0, 255)).save(logo)
    layer = TitleRenderer(load_title("intro"), {"logo": str(logo)}, WIDE, Fraction(10)).at(Fraction(5))
    assert layer is not None
    red = (layer[..., 0] > 250) & (layer[..., 1] < 5)
    rows, columns = np.nonzero(red)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (32, 64)
    logo.write_bytes(b"no image")
    with pytest.raises(RequestError, match="cannot be read as an image"):
        TitleRenderer(load_title("intro"), {"logo": str(logo)}, WIDE, Fraction(10))


def test_half_a_pixel_is_drawn_between_pixels() -> None:
    def middle(x: float) -> float:
        keys = [{"time": 0, "value": x}]
        rule = {"kind": "rule", "width": 20, "height": 4, "motion": [{"property": "x", "keys": keys}]}
        template = TitleTemplate.model_validate({"name": "rule", "layers": [rule]})
        layer = TitleRenderer(template, {}, WIDE, SECONDS).at(Fraction(1))
        assert layer is not None
        alpha = layer[..., 3].astype(float)
        return float((alpha * np.arange(WIDE[0])).sum() / alpha.sum())

    step = 0.5 / 3.6
    assert middle(step) - middle(0) == pytest.approx(0.5, abs=0.03)
    assert middle(10 * step) - middle(0) == pytest.approx(5, abs=0.03)


def test_a_blur_spreads_and_keeps_what_it_covers() -> None:
    def covered(radius: float) -> tuple[int, float]:
        keys = [{"time": 0, "value": radius}]
        rule = {"kind": "rule", "width": 20, "height": 8, "motion": [{"property": "blur", "keys": keys}]}
        template = TitleTemplate.model_validate({"name": "rule", "layers": [rule]})
        layer = TitleRenderer(template, {}, WIDE, SECONDS).at(Fraction(1))
        left, _, right, _ = seen(layer)
        assert layer is not None
        return right - left, float(layer[..., 3].astype(float).sum())

    sharp, soft = covered(0), covered(1.5)
    assert soft[0] > sharp[0] + 10
    assert soft[1] == pytest.approx(sharp[1], rel=0.02)


def test_a_long_number_gets_smaller_and_is_then_refused() -> None:
    def block(last: str) -> tuple[int, int]:
        area = TitleRenderer(load_title("counter"), {"to": last, "unit": "m³", "label": ""}, TALL, SECONDS).block
        return area.width, area.height

    assert block("99999999")[1] < block("999")[1]
    assert block("99999999")[0] <= 0.9 * TALL[0]
    with pytest.raises(RequestError, match="does not fit in the picture"):
        block("999999999999")
