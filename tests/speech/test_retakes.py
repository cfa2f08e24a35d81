"""If a take starts with the same words as a later one, the later one is suggested as its retake."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from engine.catalog import Project
from engine.speech import Word, has_same_lines, suggest_retake
from tests.cli.takes import a_take

PROJECT = Project(id="p", name="Walk", folder="walk", created_at=datetime(2025, 6, 14, tzinfo=UTC))
SLIP = "Today we walk along"


def suggest(*transcripts: str, sessions: str = "") -> int | None:
    """The number of the take that is suggested for the first, of takes that say these texts."""
    takes = [
        a_take(PROJECT, n).model_copy(update={"session": int(session)})
        for n, session in enumerate(sessions or "0" * len(transcripts), 1)
    ]

    found = suggest_retake(takes[0], takes[1:], lambda take: words(transcripts[take.number - 1]))
    return found.number if found else None


def words(text: str) -> list[Word]:
    said = enumerate(text.split())
    return [Word(text=word, start=Fraction(n), end=Fraction(n + 1), confidence=1) for n, word in said]


@pytest.mark.parametrize(
    ("transcripts", "number"),
    [
        ((f"{SLIP} the, uh", "Nothing here", f"{SLIP} the harbour"), 3),
        ((SLIP, "today, – WE walk along!"), 2),
        ((SLIP, SLIP, SLIP), 2),
        ((SLIP, "Today we walk back"), None),
        ((SLIP, "So today we walk along"), None),
        (("Today we walk", "Today we walk"), None),
        ((SLIP, "Today we walk"), None),
        ((SLIP, ""), None),
        (("", ""), None),
        ((SLIP,), None),
    ],
)
def test_four_equal_words_at_the_beginning_are_a_retake(transcripts: tuple[str, ...], number: int | None) -> None:
    assert suggest(*transcripts) == number


def test_a_take_of_another_session_is_not_a_retake() -> None:
    assert suggest(SLIP, SLIP, sessions="01") is None
    assert suggest(SLIP, SLIP, SLIP, sessions="010") == 3


def test_only_the_next_five_takes_are_compared() -> None:
    assert suggest(SLIP, *[""] * 4, SLIP) == 6
    assert suggest(SLIP, *[""] * 5, SLIP) is None


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
