"""Corrections apply to any transcript of a take and survive another transcription."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.speech import Correction, Corrections, Transcript, Word, apply_corrections
from engine.speech.transcript import segments


def transcript(text: str, **changes: object) -> Transcript:
    words = tuple(
        Word(text=word, start=Fraction(n, 2), end=Fraction(n, 2) + Fraction(2, 5), confidence=0.6, speaker="S1")
        for n, word in enumerate(text.split())
    )
    result = Transcript(
        language="en",
        model="m",
        model_digest="d",
        backend="b",
        parameters={},
        words=words,
        segments=segments(words, [0] * len(words)),
    )
    return result.model_copy(update=changes)


def spoken(found: Transcript) -> str:
    return " ".join(word.text for word in found.words)


def over(first: int, last: int, text: str | None = None, speaker: str | None = None) -> Correction:
    return Correction(start=Fraction(first, 2), end=Fraction(last, 2), text=text, speaker=speaker)


def test_the_same_number_of_words_keeps_their_times() -> None:
    original = transcript("we walked along the hammer wall")
    corrected = apply_corrections(original, [over(4, 5, "harbour")])
    assert spoken(corrected) == "we walked along the harbour wall"
    assert [(w.start, w.end) for w in corrected.words] == [(w.start, w.end) for w in original.words]
    assert [w.corrected for w in corrected.words] == [False] * 4 + [True, False]
    assert corrected.words[4].confidence == 1
    assert corrected.segments[0].text == spoken(corrected)


def test_more_or_fewer_words_share_the_time() -> None:
    original = transcript("going to rhine haven today")
    fewer = apply_corrections(original, [over(2, 4, "Rijnhaven")])
    assert spoken(fewer) == "going to Rijnhaven today"
    assert (fewer.words[2].start, fewer.words[2].end) == (original.words[2].start, original.words[3].end)
    more = apply_corrections(original, [over(4, 5, "to day or so")])
    assert spoken(more) == "going to rhine haven to day or so"
    assert more.words[-1].end == original.words[-1].end


def test_empty_text_removes_words_and_silence_can_get_text() -> None:
    original = transcript("thank you for watching")
    assert spoken(apply_corrections(original, [over(0, 2, "")])) == "for watching"
    assert apply_corrections(original, [over(0, 9, "")]).segments == ()
    assert spoken(apply_corrections(transcript(""), [over(1, 3, "hello there")])) == "hello there"


def test_the_speaker_alone_can_be_corrected() -> None:
    corrected = apply_corrections(transcript("yes no yes no"), [over(1, 2, speaker="S2"), over(3, 4, speaker="S2")])
    assert [w.speaker for w in corrected.words] == ["S1", "S2", "S1", "S2"]
    assert [s.speaker for s in corrected.segments] == ["S1", "S2", "S1", "S2"]


def test_a_later_correction_overrides_an_earlier_one() -> None:
    corrections = [over(0, 1, "one"), over(0, 2, "two"), over(0, 1, "three")]
    assert spoken(apply_corrections(transcript("a b c"), corrections)) == "three c"


def test_corrections_survive_another_transcription() -> None:
    corrections = [over(2, 4, "Rijnhaven")]
    second = transcript("going to reinhaven today")
    shifted = second.model_copy(
        update={
            "words": tuple(
                w.model_copy(update={"start": w.start + Fraction(1, 20), "end": w.end + Fraction(1, 20)})
                for w in second.words
            )
        }
    )
    assert spoken(apply_corrections(shifted, [over(2, 3, "Rijnhaven")])) == "going to Rijnhaven today"
    assert (
        spoken(apply_corrections(transcript("going to rhine haven today"), corrections)) == "going to Rijnhaven today"
    )


def test_the_last_correction_can_be_undone() -> None:
    corrections = Corrections().and_then(over(0, 1, "one")).and_then(over(1, 2, "two"))
    assert [c.text for c in corrections.without_last().corrections] == ["one"]
    assert Corrections.model_validate_json(corrections.model_dump_json()) == corrections
    with pytest.raises(RequestError, match="no correction to undo"):
        Corrections().without_last()
    with pytest.raises(RequestError, match="changes nothing"):
        Corrections().and_then(over(0, 1))
    with pytest.raises(RequestError, match="must start before it ends"):
        Corrections().and_then(over(1, 1, "x"))


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(1, 6), st.sampled_from(["", "x", "one two", "a b c d", None])),
        max_size=6,
    )
)
def test_any_corrections_keep_the_word_order_and_the_segments(
    drawn: list[tuple[int, int, str | None]],
) -> None:
    corrections = [over(at, at + length, text, "S2" if text is None else None) for at, length, text in drawn]
    corrected = apply_corrections(transcript("the quick brown fox jumps over the lazy dog"), corrections)
    times = [time for word in corrected.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert [n for s in corrected.segments for n in range(s.first, s.last)] == list(range(len(corrected.words)))
