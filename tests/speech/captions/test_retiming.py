"""Words follow an edit."""

from __future__ import annotations

from fractions import Fraction

from engine.speech.captions import Span, cues_from, retime_transcript

from .caption_data import steady_words, transcript


def span(start: float, end: float, target: float) -> Span:
    return Fraction(str(start)), Fraction(str(end)), Fraction(str(target))


def test_removed_words_are_not_captioned() -> None:
    speech = transcript(*steady_words("We, um, never wanted to come here.", 0.5), speakers=["s1"] * 7)
    retimed = retime_transcript(speech, [span(0, 0.5, 0), span(1, 4, 0.5)])
    assert [c.text for c in cues_from(retimed)] == ["We, never wanted to come here."]
    assert retimed.segments[-1].last == len(retimed.words) == 6
    assert retimed.words[-1].end == 3


def test_ranges_may_be_reordered_and_repeated() -> None:
    speech = transcript(*steady_words("We never came.", 0.5))
    retimed = retime_transcript(speech, [span(0.5, 1.5, 0), span(0, 0.5, 1), span(0.5, 1.5, 1.5)])
    assert [word.text for word in retimed.words] == ["never", "came.", "We", "never", "came."]
    assert all(a.end <= b.start for a, b in zip(retimed.words, retimed.words[1:], strict=False))
