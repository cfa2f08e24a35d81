"""Burnt-in text."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.deliver.burn_in import BurnIn
from engine.speech import Cue, CueWord, Highlight
from engine.text import TextStyle
from engine.time import Timecode


@pytest.mark.parametrize(
    ("first", "rate", "second"),
    [
        ("01:00:59;29", Fraction(30000, 1001), "01:01:00;02"),
        ("01:00:59;59", Fraction(60000, 1001), "01:01:00;04"),
        ("23:59:59:24", Fraction(25), "00:00:00:00"),
    ],
)
def test_the_burnt_in_timecode_counts_like_the_camera(first: str, rate: Fraction, second: str) -> None:
    def layer(code: str, tick: int) -> np.ndarray:
        return BurnIn(320, 180, rate, timecode=Timecode.parse(code, rate), look=TextStyle()).at(tick)

    assert np.array_equal(layer(first, 1), layer(second, 0))
    assert not np.array_equal(layer(first, 1), layer(first, 0))


SPOKEN = (CueWord(0, 3, Fraction(0), Fraction(1)), CueWord(4, 7, Fraction(1), Fraction(2)))
WORDS = Cue(Fraction(0), Fraction(2), "one\ntwo", words=SPOKEN)
COLOURED = TextStyle(size=0.2, colour="#ffffff", highlight_colour="#ff0000", box="")


def red_halves(highlight: Highlight, tick: int) -> tuple[bool, bool]:
    """Whether the upper and the lower line of a caption have red letters."""
    layer = BurnIn(320, 180, Fraction(1), cues=[WORDS], look=COLOURED, highlight=highlight).at(tick)
    white = BurnIn(320, 180, Fraction(1), cues=[WORDS], look=COLOURED).at(tick)
    # A colour changes no shape.
    assert np.array_equal(layer[..., 3], white[..., 3])
    rows = np.flatnonzero(layer[..., 3].any(axis=1))
    red = (layer[..., 3] == 255) & (layer[..., 0] == 255) & (layer[..., 1] == 0)
    middle = (rows[0] + rows[-1]) // 2
    return bool(red[:middle].any()), bool(red[middle:].any())


def test_the_spoken_word_is_coloured_alone_or_with_those_before_it() -> None:
    assert [red_halves("none", tick) for tick in (0, 1)] == [(False, False)] * 2
    assert [red_halves("word", tick) for tick in (0, 1)] == [(True, False), (False, True)]
    assert [red_halves("fill", tick) for tick in (0, 1)] == [(True, False), (True, True)]


def test_nothing_is_drawn_where_nothing_is_said() -> None:
    captions = BurnIn(320, 180, Fraction(1), cues=[WORDS], look=COLOURED)
    assert captions.at(1) is not None
    assert captions.at(2) is None
    assert BurnIn(320, 180, Fraction(1), name="IMG_0101", cues=[WORDS], look=COLOURED).at(2) is not None
