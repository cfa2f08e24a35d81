"""Captions follow an edit: they are kept, clipped, moved or removed."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from engine.speech.captions import Cue, Span, cues_from, retime_cues, retime_transcript

from .said import steadily, transcript


def cue(start: float, end: float, text: str) -> Cue:
    return Cue(Fraction(str(start)), Fraction(str(end)), text, "Ann", "top")


def span(start: float, end: float, target: float) -> Span:
    return Fraction(str(start)), Fraction(str(end)), Fraction(str(target))


ONE, TWO, THREE = cue(1, 3, "One."), cue(4, 6, "Two."), cue(7, 9, "Three.")


def test_captions_move_with_what_is_kept_and_go_with_what_is_cut() -> None:
    assert retime_cues([ONE, TWO, THREE], [span(0, 3.5, 0), span(6.5, 9, 3.5)]) == [ONE, cue(4, 6, "Three.")]


def test_a_caption_is_clipped_to_what_remains() -> None:
    assert retime_cues([ONE, TWO], [span(2, 5, 0)]) == [cue(0, 1, "One."), cue(2, 3, "Two.")]


def test_a_caption_whose_middle_was_cut_out_is_one_still() -> None:
    assert retime_cues([THREE], [span(6, 7.5, 0), span(8, 10, 1.5)]) == [cue(1, 2.5, "Three.")]


def test_the_cut_may_change_the_order_and_show_a_stretch_twice() -> None:
    spans = [span(6.5, 9, 0), span(0, 3, 2.5), span(6.5, 9, 5.5)]
    assert [c.text for c in retime_cues([ONE, TWO, THREE], spans)] == ["Three.", "One.", "Three."]


def test_next_to_nothing_is_nothing() -> None:
    assert retime_cues([ONE, TWO], [span(2.95, 5, 0)]) == [cue("1.05", "2.05", "Two.")]  # type: ignore[arg-type]


def test_words_that_were_cut_out_are_not_captioned() -> None:
    said = transcript(*steadily("We, um, never wanted to come here.", 0.5), speakers=["s1"] * 7)
    kept = retime_transcript(said, [span(0, 0.5, 0), span(1, 4, 0.5)])
    assert [c.text for c in cues_from(kept)] == ["We, never wanted to come here."]
    assert kept.segments[-1].last == len(kept.words) == 6
    assert kept.words[-1].end == 3


moments = some.integers(0, 600).map(lambda n: Fraction(n, 10))


@given(
    some.lists(some.tuples(moments, some.integers(1, 70)), max_size=12),
    some.lists(some.tuples(moments, some.integers(1, 100), some.integers(0, 30)), max_size=8),
)
def test_retimed_captions_never_overlap_and_lie_in_what_is_kept(
    cues: list[tuple[Fraction, int]], stretches: list[tuple[Fraction, int, int]]
) -> None:
    spans, now = [], Fraction(0)
    for start, tenths, gap in stretches:
        now += Fraction(gap, 10)
        spans.append((start, start + Fraction(tenths, 10), now))
        now += Fraction(tenths, 10)
    spoken = [Cue(start, start + Fraction(tenths, 10), f"cue {n}") for n, (start, tenths) in enumerate(sorted(cues))]
    out = retime_cues(spoken, spans)
    assert all(before.end <= after.start for before, after in pairwise(out))
    for moved in out:
        assert moved.end > moved.start
        assert any(target <= moved.start < target + (end - start) for start, end, target in spans)
    assert {moved.text for moved in out} <= {cue.text for cue in spoken}
