"""Words keep the model's spacing, regardless of its tokens."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.speech import Transcript, Word, apply_corrections, cues_from, running_text
from engine.speech.corrections import Correction
from engine.speech.spacing import Token, words_of
from engine.speech.transcript import segments


def tokens(*texts: str) -> list[Token]:
    """Tokens of half a second each, with decreasing probability."""
    return [Token(text, Fraction(n, 2), Fraction(n + 1, 2), 1 - n / 100) for n, text in enumerate(texts)]


def spoken(*texts: str) -> tuple[Word, ...]:
    return tuple(
        Word(text=w.text, start=w.start, end=w.end, confidence=w.probability, space_before=w.space_before)
        for w in words_of(tokens(*texts))
    )


def transcript(*texts: str, language: str = "en") -> Transcript:
    words = spoken(*texts)
    result = Transcript(language=language, model="m", model_digest="d", backend="b", parameters={}, words=words)
    return result.model_copy(update={"segments": segments(words, [0] * len(words))})


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ([" costs", " $5", ",000", " or", " 12", ".5%", "."], ["costs", "$5,000", "or", "12.5%."]),
        ([" a", " 25", "-year", "-old", " self", "-taught"], ["a", "25-year-old", "self-taught"]),
        ([" at", " 9", ":30", " a", ".m", ".,", " example", ".com"], ["at", "9:30", "a.m.,", "example.com"]),
        ([" C", "'est", " qu", "'il", " peut", "-être"], ["C'est", "qu'il", "peut-être"]),
        (["Bonjour", "\u00a0!", " \u00ab\u00a0oui", "\u00a0\u00bb"], ["Bonjour\u00a0!", "\u00ab\u00a0oui\u00a0\u00bb"]),
        (["今日", "は", "寒い", "。", "「", "港", "」"], ["今日", "は", "寒い。", "「", "港」"]),
        (["我", "用", " i", "Phone", " 15", "拍", "的"], ["我", "用", "iPhone", "15", "拍", "的"]),
        (["ก", "\u0e33", "ลัง"], ["ก\u0e33", "ลัง"]),
        ([" ", "Hello", "", " ", " world", " "], ["Hello", "world"]),
    ],
)
def test_a_token_without_a_space_belongs_to_the_word_before_it(written: list[str], words: list[str]) -> None:
    found = spoken(*written)
    assert [word.text for word in found] == words
    assert running_text(found) == re.sub(" +", " ", "".join(written)).strip(" ")


def test_a_word_has_the_time_and_lowest_probability_of_its_tokens() -> None:
    (word,) = words_of(tokens(" 1", ",250", ",000"))
    assert (word.text, word.start, word.end, word.probability) == ("1,250,000", 0, Fraction(3, 2), 0.98)


pieces = st.text(st.sampled_from("abé5$,.'’-–%:!?。、今はกำ\u00a0 "), max_size=5)


@given(st.lists(pieces, max_size=12))
def test_running_text_equals_the_model_output(written: list[str]) -> None:
    assert running_text(spoken(*written)) == re.sub(" +", " ", "".join(written)).strip(" ")


@given(st.lists(pieces.filter(lambda piece: piece.strip(" \u00a0")), min_size=1, max_size=8), st.booleans())
def test_captions_have_the_same_text(written: list[str], spaces: bool) -> None:
    texts = [f"{' ' * spaces}{piece}" for piece in written]
    cues = cues_from(transcript(*texts))
    shown = " ".join(cue.text.replace("\n", " ") for cue in cues)
    expected = running_text(spoken(*texts))
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", expected)
    if len(cues) == 1 and "\n" not in cues[0].text:
        # A space at either end, which may be one that does not break, is not seen.
        assert re.sub(r"\s+", " ", shown).strip() == re.sub(r"\s+", " ", expected).strip()


def test_a_correction_keeps_the_spaces_around_it() -> None:
    original = transcript("我", "用", " iPhone", "拍")
    corrected = apply_corrections(original, [Correction(start=Fraction(1), end=Fraction(3, 2), text="Pixel 9")])
    assert running_text(corrected.words) == "我用 Pixel 9拍"
    corrected = apply_corrections(transcript(" It", " costs", " $5", ",000", "."), [_at(1, 2, "$6,000.")])
    assert running_text(corrected.words) == "It costs $6,000."


def _at(start: int, end: int, text: str) -> Correction:
    return Correction(start=Fraction(start), end=Fraction(end) + Fraction(1, 2), text=text)


def test_an_earlier_version_is_read_with_the_spaces_of_its_script() -> None:
    stored = (
        '{"version": 2, "language": "%s", "model": "m", "model_digest": "d", "backend": "b", "parameters": {},'
        ' "words": [{"text": "%s", "start": [0, 1], "end": [1, 2], "confidence": 0.9},'
        ' {"text": "%s", "start": [1, 2], "end": [1, 1], "confidence": 0.9}]}'
    )
    for language, first, second, text in (("en", "two", "words", "two words"), ("ja", "港", "歌", "港歌")):
        assert running_text(Transcript.model_validate_json(stored % (language, first, second)).words) == text
