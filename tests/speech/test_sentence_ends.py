"""Sentence ends that a model left out: added before a pause with evidence, never within a sentence."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.speech import Diarization, SpeakerTurn, Transcript, Word, with_speakers
from engine.speech.sentence_ends import end_sentences
from engine.speech.transcript import segments


def transcript_of(text: str, language: str = "en", pause: str = "0.8", speakers: str = "") -> Transcript:
    """A transcript of breaths, which `|` separates, with a pause between them and at the end."""
    words: list[Word] = []
    breaths: list[int] = []
    now = Fraction(0)
    for number, breath in enumerate(text.split("|")):
        for part in breath.split():
            who = speakers[number] if speakers else None
            words.append(Word(text=part, start=now, end=now + Fraction(1, 4), confidence=0.9, speaker=who))
            breaths.append(number)
            now += Fraction(3, 10)
        now += Fraction(pause)
    languages = dict.fromkeys(breaths, language)
    return Transcript(
        language=language, model="m", model_digest="d", backend="b", parameters={}, duration=now, words=tuple(words),
        segments=segments(tuple(words), breaths, languages),
    )  # fmt: skip


def shown(transcript: Transcript) -> str:
    return " | ".join(segment.text for segment in transcript.segments)


@pytest.mark.parametrize(
    ("text", "language", "ended"),
    [
        ("we paint the chair | Then it dries.", "en", "we paint the chair. | Then it dries."),
        ("мы красим стул | Потом он сохнет.", "ru", "мы красим стул. | Потом он сохнет."),
        ("βάφουμε την καρέκλα | Μετά στεγνώνει.", "el", "βάφουμε την καρέκλα. | Μετά στεγνώνει."),
        ("das dauert lange | Und es lohnt sich.", "de", "das dauert lange. | Und es lohnt sich."),
        ("今天天气很好 | 我们去公园。", "zh", "今天天气很好。 | 我们去公园。"),
        ("it was 1969 | They landed", "en", "it was 1969. | They landed."),
    ],
)
def test_a_breath_before_a_pause_and_a_capital_is_a_sentence(text: str, language: str, ended: str) -> None:
    before = transcript_of(text, language, pause="1.1")
    after = end_sentences(before)
    assert shown(after) == ended
    heard = [word.heard or word.text for word in after.words]
    assert heard == [word.text for word in before.words]
    assert [(word.start, word.end) for word in after.words] == [(word.start, word.end) for word in before.words]
    assert end_sentences(after) == after


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("we went to the | Rijnhaven.", "en"),
        ("we paint it and | Then it dries.", "en"),
        ("we paint the chair | then it dries.", "en"),
        ("we paint, | Then it dries.", "en"),
        ("we asked for Anna today. yesterday we met | Anna.", "en"),
        ("I think | I know.", "en"),
        ("er streicht | Stühle.", "de"),
        ("我喜欢的 | 颜色。", "zh"),
        ("हम कुर्सी रंगते हैं | फिर सूखती है।", "hi"),
        ("wait— | Then it dries.", "en"),
    ],
)
def test_a_pause_within_a_sentence_ends_nothing(text: str, language: str) -> None:
    before = transcript_of(text, language, pause="1.1")
    assert end_sentences(before) == before


def test_a_short_pause_ends_nothing() -> None:
    before = transcript_of("we paint the chair | Then it dries.", pause="0.6")
    assert end_sentences(before) == before


def test_another_speaker_ends_a_sentence() -> None:
    before = transcript_of("is it dry | not yet.")
    assert end_sentences(before) == before
    first, second = before.segments
    turns = (
        SpeakerTurn(start=first.start, end=first.end, speaker="S1"),
        SpeakerTurn(start=second.start, end=second.end, speaker="S2"),
    )
    found = Diarization(model="m", model_digest="d", parameters={}, turns=turns)
    assert shown(with_speakers(before, found)) == "is it dry. | not yet."


def test_words_of_the_user_and_of_earlier_versions_stay() -> None:
    before = transcript_of("we paint the chair | Then it dries.")
    earlier = before.model_copy(update={"version": 3})
    assert end_sentences(earlier) == earlier
    words = tuple(word.model_copy(update={"corrected": True}) for word in before.words)
    corrected = before.model_copy(update={"words": words})
    assert end_sentences(corrected) == corrected
