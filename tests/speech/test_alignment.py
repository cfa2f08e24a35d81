"""Two takes are aligned by their words."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.speech import Word, match_words, matched_words, matching_time, word_at, word_spans

WORDS = st.lists(
    st.tuples(st.integers(1, 900), st.sampled_from(["Right,", "so", "the", "harbour.", "water", "Again?"])), max_size=20
)


def spoken(text: str, begin: int = 0) -> tuple[Word, ...]:
    """One word per second."""
    return tuple(
        Word(text=word, start=Fraction(begin + n), end=Fraction(begin + n + 1), confidence=1)
        for n, word in enumerate(text.split())
    )


def with_gaps(drawn: list[tuple[int, str]]) -> tuple[Word, ...]:
    """Words of a tenth of a second, after gaps in milliseconds."""
    words, at = [], Fraction(0)
    for gap, text in drawn:
        at += Fraction(gap, 1000)
        words.append(Word(text=text, start=at, end=at + Fraction(1, 10), confidence=1))
        at += Fraction(1, 10)
    return tuple(words)


def test_the_word_at_a_time_is_the_last_to_start() -> None:
    words = spoken("one two", begin=1)
    assert [word_at(words, Fraction(at)) for at in (0, 1, 2, 9)] == [None, 0, 1, 1]
    assert word_at(words, Fraction(3, 2)) == 0
    assert word_at((), Fraction(1)) is None


def test_words_are_matched_without_case_and_punctuation() -> None:
    assert match_words(spoken("Right, so the harbour"), spoken("well so, THE old harbour.")) == {1: 1, 2: 2, 3: 4}
    assert match_words(spoken("one"), spoken("two")) == {}


def test_a_time_is_mapped_into_the_same_word() -> None:
    slip, right = spoken("here is the uh pier"), spoken("here is the pier", begin=10)
    assert matching_time(slip, right, Fraction(5, 2)) == Fraction(25, 2)
    assert matching_time(slip, right, Fraction(4)) == 13


def test_a_missing_word_is_mapped_to_the_nearest_common_word() -> None:
    assert matching_time(spoken("here is uh"), spoken("here is", begin=10), Fraction(5, 2)) == 11


def test_takes_without_a_common_word_keep_the_time() -> None:
    assert matching_time(spoken("one"), spoken("two", begin=5), Fraction(1, 2)) == Fraction(1, 2)
    assert matching_time(spoken("one", begin=2), spoken("one", begin=5), Fraction(1)) == 1


@given(WORDS, WORDS)
def test_matched_words_are_in_order_and_equal(one: list[tuple[int, str]], other: list[tuple[int, str]]) -> None:
    mine, theirs = with_gaps(one), with_gaps(other)
    pairs = match_words(mine, theirs)
    assert list(pairs.values()) == sorted(pairs.values())
    assert all(mine[a].text.strip(".,?").casefold() == theirs[b].text.strip(".,?").casefold() for a, b in pairs.items())
    for place, word in enumerate(mine):
        if place in pairs:
            assert matching_time(mine, theirs, word.start) == theirs[pairs[place]].start
            assert word_at(mine, word.start) == place


@given(WORDS, WORDS)
def test_spans_cover_the_words_of_both_takes_in_order(
    first: list[tuple[int, str]], second: list[tuple[int, str]]
) -> None:
    mine, theirs = with_gaps(first), with_gaps(second)
    spans = word_spans(mine, theirs)
    assert [n for span in spans for n in range(*span.mine)] == list(range(len(mine)))
    assert [n for span in spans for n in range(*span.other)] == list(range(len(theirs)))
    assert matched_words(spans) == match_words(mine, theirs)


def test_different_words_are_spans_of_their_own() -> None:
    spans = word_spans(spoken("Right, so the harbour"), spoken("right so the old harbour again"))
    assert [(span.same, span.mine, span.other) for span in spans] == [
        (True, (0, 3), (0, 3)),
        (False, (3, 3), (3, 4)),
        (True, (3, 4), (4, 5)),
        (False, (4, 4), (5, 6)),
    ]


def test_one_equal_word_within_many_different_ones_is_different() -> None:
    spans = word_spans(spoken("so the light on the water"), spoken("so here behind me you see the old crane"))
    assert [(span.same, span.mine, span.other) for span in spans] == [(True, (0, 1), (0, 1)), (False, (1, 6), (1, 9))]
