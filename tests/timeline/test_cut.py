"""The clips of a cut, their positions and their sound."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.timeline import Clip, Cut
from tests.timeline.cuts import cuts


@given(cuts())
def test_picture_and_sound_fill_the_cut_without_overlaps_or_holes(cut: Cut) -> None:
    assert cut.length == sum(clip.length for clip in cut.clips)
    spans = list(cut.sound_spans())
    assert [span.clip for span in spans] == list(cut.clips)
    assert spans[0].first == 0
    assert spans[-1].last == cut.sample(cut.length)
    assert all(a.last == b.first for a, b in pairwise(spans))
    assert all(span.first <= span.last for span in spans)


@given(cuts())
def test_sound_and_picture_show_the_same_time_of_the_take(cut: Cut) -> None:
    for span, position in zip(cut.sound_spans(), cut.positions, strict=True):
        picture = Fraction(span.clip.start - position, 1) / cut.rate
        sound = Fraction(span.source - span.first, 48_000)
        assert abs(picture - sound) <= Fraction(1, 48_000)


@given(cuts(), st.data())
def test_each_tick_belongs_to_one_clip(cut: Cut, data: st.DataObject) -> None:
    tick = data.draw(st.integers(0, cut.length - 1))
    index, at = cut.at(tick)
    assert cut.positions[index] + at - cut.clips[index].start == tick


def test_the_sound_of_a_j_cut_begins_before_its_picture() -> None:
    clips = (Clip("1", "a", 0, 25), Clip("2", "b", 50, 25, sound_offset=-4800))
    first, second = Cut("film", Fraction(25), 1920, 1080, clips).sound_spans()
    assert (first.first, first.last) == (0, 43_200)
    assert (second.first, second.last, second.source) == (43_200, 96_000, 91_200)
