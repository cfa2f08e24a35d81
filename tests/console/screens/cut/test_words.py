"""Edits by words find their words although earlier edits have moved them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cwtui.console.screens.cut.words import delete_words_between
from cwtui.console.shown_cut import CutMaterial, ShownCut
from engine.errors import RequestError
from engine.timeline import Clip, Cut, TakeWord, TakeWords, delete_words, duplicate, words_of

RATE = Fraction(25)
SAID = [f"word{n}" for n in range(10)]
SPOKEN = {
    "take": TakeWords(
        "take",
        tuple(
            TakeWord(text, text, 48_000 * n + 4800, 48_000 * n + 43_200, None, 1.0, n > 0, n == 4)
            for n, text in enumerate(SAID)
        ),
    )
}
CUT = Cut("film", RATE, 1920, 1080, (Clip("1", "take", 0, 125), Clip("2", "take", 125, 125)))
MATERIAL = CutMaterial({"take": 250}, SPOKEN)


def texts(cut: Cut) -> list[str]:
    return [word.text for word in words_of(cut, SPOKEN)]


def test_words_are_found_by_their_take_after_earlier_deletions() -> None:
    words = words_of(CUT, SPOKEN)
    shown = ShownCut(CUT, MATERIAL, words)
    second, third = (delete_words_between(shown, [(words[first], words[first + 1])]) for first in (1, 6))
    assert texts(third(second(CUT, MATERIAL), MATERIAL)) == [*SAID[:1], *SAID[3:6], *SAID[8:]]


def test_of_a_repeated_clip_the_nearest_words_are_deleted() -> None:
    repeated = duplicate(CUT, ["2"])
    words = words_of(repeated, SPOKEN)
    assert [word.text for word in words] == [*SAID, *SAID[5:]]
    change = delete_words_between(ShownCut(repeated, MATERIAL, words), [(words[11], words[11])])
    shorter = delete_words(repeated, SPOKEN, [(0, 1)])
    assert texts(change(shorter, MATERIAL)) == [*SAID[1:], SAID[5], *SAID[7:]]


def test_a_word_that_is_gone_is_named() -> None:
    words = words_of(CUT, SPOKEN)
    change = delete_words_between(ShownCut(CUT, MATERIAL, words), [(words[3], words[3])])
    with pytest.raises(RequestError, match="“word3” is no longer in the cut"):
        change(change(CUT, MATERIAL), MATERIAL)


def test_the_words_of_each_clip_are_its_own() -> None:
    shown = ShownCut(CUT, MATERIAL, words_of(CUT, SPOKEN))
    assert [shown.words_in(index) for index in range(3)] == [(0, 5), (5, 10), (10, 10)]
    assert shown.clip("2") == CUT.clips[1]
    assert shown.clip("3") is None
