"""A take that is tried again is suggested as a retake, by the rules of the automatic cut."""

from __future__ import annotations

import pytest

from engine.timeline import RetakeFinder

from .speech import shot

SLIP = "Today we walk along"


def suggest(*texts: str, sessions: str = "") -> str | None:
    """The take that is suggested for the first, of takes that say these texts."""
    takes = [
        shot(n, text, session=int(session))
        for n, (text, session) in enumerate(zip(texts, sessions or "0" * len(texts), strict=True), 1)
    ]
    found = RetakeFinder().retake_of(takes[0], takes[1:])
    return found.id if found else None


@pytest.mark.parametrize(
    ("texts", "take"),
    [
        ((f"{SLIP} the, uh", "Nothing here", f"{SLIP} the harbour"), "t3"),
        ((SLIP, "today, – WE walk along!"), "t2"),
        ((SLIP, SLIP, SLIP), "t2"),
        # A longer take with the same beginning says something else.
        ((f"{SLIP} the harbour in the morning", f"{SLIP} a road that leads to the old crane"), None),
        ((SLIP, "We look at the crane"), None),
        (("Again then", "Again then"), None),
        ((SLIP, ""), None),
        (("", ""), None),
        ((SLIP,), None),
    ],
)
def test_a_false_start_and_a_repetition_are_retakes(texts: tuple[str, ...], take: str | None) -> None:
    assert suggest(*texts) == take


def test_a_take_of_another_session_is_not_a_retake() -> None:
    assert suggest(SLIP, SLIP, sessions="01") is None
    assert suggest(SLIP, SLIP, SLIP, sessions="010") == "t3"


def test_only_the_next_five_takes_are_compared() -> None:
    assert suggest(SLIP, *[""] * 4, SLIP) == "t6"
    assert suggest(SLIP, *[""] * 5, SLIP) is None


def test_words_that_have_changed_are_compared_again() -> None:
    finder = RetakeFinder()
    first, other = shot(1, SLIP), shot(2, "We look at the crane")
    assert finder.retake_of(first, [other]) is None
    assert finder.retake_of(first, [shot(2, f"{SLIP} the harbour")])
