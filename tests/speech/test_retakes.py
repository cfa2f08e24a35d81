"""Takes are compared by pairs of their words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.speech import Word, has_same_lines

SLIP = "Today we walk along"


def words(text: str) -> list[Word]:
    said = enumerate(text.split())
    return [Word(text=word, start=Fraction(n), end=Fraction(n + 1), confidence=1) for n, word in said]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (SLIP, f"So. {SLIP.upper()} the harbour and further, to the old crane", True),
        ("Here we are. Again: here is the harbour", "Here is the harbour again", True),
        (SLIP, "Along walk we today", False),
        ("this is it", "this is the harbour, and this is it", False),
        ("the harbour in the morning sun", "the old crane in the evening", False),
        (SLIP, "", False),
    ],
)
def test_takes_with_most_pairs_of_words_in_common_have_the_same_lines(first: str, second: str, same: bool) -> None:
    assert has_same_lines(words(first), words(second)) is same
    assert has_same_lines(words(second), words(first)) is same
