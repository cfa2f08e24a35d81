"""Captions follow an edit: they are kept, clipped, moved or removed."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.speech.captions import Cue, CueWord, Span, cues_from, retime_cues, retime_transcript

from .caption_data import steady_words, transcript


def cue(start: float, end: float, text: str) -> Cue:
    return Cue(Fraction(str(start)), Fraction(str(end)), text, "Ann", "top")


def span(start: float, end: float, target: float) -> Span:
    return Fraction(str(start)), Fraction(str(end)), Fraction(str(target))


ONE, TWO, THREE = cue(1, 3, "One."), cue(4, 6, "Two."), cue(7, 9, "Three.")


def test_captions_of_kept_ranges_move_and_others_are_removed() -> None:
    assert retime_cues([ONE, TWO, THREE], [span(0, 3.5, 0), span(6.5, 9, 3.5)]) == [ONE, cue(4, 6, "Three.")]


def test_a_caption_is_clipped_to_the_kept_range() -> None:
    assert retime_cues([ONE, TWO], [span(2, 5, 0)]) == [cue(0, 1, "One."), cue(2, 3, "Two.")]


def test_a_caption_with_its_middle_cut_stays_one_caption() -> None:
    assert retime_cues([THREE], [span(6, 7.5, 0), span(8, 10, 1.5)]) == [cue(1, 2.5, "Three.")]


def test_ranges_may_be_reordered_and_repeated() -> None:
    spans = [span(6.5, 9, 0), span(0, 3, 2.5), span(6.5, 9, 5.5)]
    assert [c.text for c in retime_cues([ONE, TWO, THREE], spans)] == ["Three.", "One.", "Three."]


def test_a_remainder_of_50_ms_is_dropped() -> None:
    assert retime_cues([ONE, TWO], [span(2.95, 5, 0)]) == [cue("1.05", "2.05", "Two.")]  # type: ignore[arg-type]


def test_removed_words_are_not_captioned() -> None:
    speech = transcript(*steady_words("We, um, never wanted to come here.", 0.5), speakers=["s1"] * 7)
    retimed = retime_transcript(speech, [span(0, 0.5, 0), span(1, 4, 0.5)])
    assert [c.text for c in cues_from(retimed)] == ["We, never wanted to come here."]
    assert retimed.segments[-1].last == len(retimed.words) == 6
    assert retimed.words[-1].end == 3


def test_the_words_of_a_caption_with_a_cut_keep_their_own_parts() -> None:
    (joined,) = retime_cues([captioned(Fraction(7), Fraction(9), 1)], [span(6, 7.5, 0), span(8.5, 10, 1.5)])
    assert [(word.start, word.end) for word in joined.words] == [(1, Fraction("1.5")), (Fraction("1.5"), 2)]


def captioned(start: Fraction, end: Fraction, number: int) -> Cue:
    """A caption of two words of equal length in time."""
    middle = (start + end) / 2
    return Cue(start, end, f"cue {number}", words=(CueWord(0, 3, start, middle), CueWord(4, 5, middle, end)))


times = st.integers(0, 600).map(lambda n: Fraction(n, 10))


@given(
    st.lists(st.tuples(times, st.integers(1, 70)), max_size=12),
    st.lists(st.tuples(times, st.integers(1, 100), st.integers(0, 30)), max_size=8),
)
def test_retimed_captions_do_not_overlap_and_stay_in_kept_ranges(
    cues: list[tuple[Fraction, int]], ranges: list[tuple[Fraction, int, int]]
) -> None:
    spans, now = [], Fraction(0)
    for start, tenths, gap in ranges:
        now += Fraction(gap, 10)
        spans.append((start, start + Fraction(tenths, 10), now))
        now += Fraction(tenths, 10)
    sources = [captioned(start, start + Fraction(tenths, 10), n) for n, (start, tenths) in enumerate(sorted(cues))]
    retimed = retime_cues(sources, spans)
    assert all(before.end <= after.start for before, after in pairwise(retimed))
    for moved in retimed:
        assert moved.end > moved.start
        bounds = [moved.start, *(time for word in moved.words for time in (word.start, word.end)), moved.end]
        assert bounds == sorted(bounds)
        assert any(target <= moved.start < target + (end - start) for start, end, target in spans)
    assert {moved.text for moved in retimed} <= {cue.text for cue in sources}
