"""Random cuts for property tests."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from engine.time import STANDARD_RATES
from engine.timeline import Clip, Cut

TAKES = ("a", "b", "c")


@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    """One to eight clips of three takes or gaps, at a standard rate, with offsets of the sound."""
    rate: Fraction = draw(st.sampled_from(STANDARD_RATES))
    clips = tuple(
        Clip(
            id=str(number),
            take=draw(st.sampled_from([*TAKES, None])),
            start=draw(st.integers(0, 5000)),
            length=draw(st.integers(1, 2000)),
            sound_offset=draw(st.integers(-20_000, 20_000)),
            gain_db=draw(st.floats(-12, 12)),
        )
        for number in range(1, draw(st.integers(1, 8)) + 1)
    )
    return Cut("film", rate, 1920, 1080, clips)
