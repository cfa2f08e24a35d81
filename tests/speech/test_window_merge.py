"""Merging overlapping windows: every word once, despite errors at the edges of windows."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.speech.transcript import Word, in_order
from engine.speech.window_merge import TimedWord, merge_windows


def timed_word(text: str, at: float, breath: int = 1) -> TimedWord:
    start = Fraction(round(at * 1000), 1000)
    return TimedWord(Word(text=text, start=start, end=start + Fraction(1, 4), confidence=0.9), breath)


def line(words: str, begin: float = 0.0, every: float = 0.4, breath: int = 1) -> list[TimedWord]:
    return [timed_word(word, begin + n * every, breath) for n, word in enumerate(words.split())]


def text(words: list[TimedWord]) -> str:
    return " ".join(one.word.text for one in words)


def test_words_in_both_windows_are_merged() -> None:
    before = line("one two three four five six seven")
    after = line("four five six seven eight nine", 1.2, breath=2)
    whole = merge_windows(before, after, Fraction(6, 5), Fraction(14, 5))
    assert text(whole) == "one two three four five six seven eight nine"
    assert {one.breath for one in whole} == {1, 2}


def test_incomplete_words_at_window_edges_are_dropped() -> None:
    before = line("we walked along the har")
    after = line("ong the harbour wall", 0.8)
    assert text(merge_windows(before, after, Fraction(4, 5), Fraction(2))) == "we walked along the harbour wall"


def test_a_word_at_a_slightly_later_time_is_the_same_word() -> None:
    before = line("so ask not what")
    after = [timed_word("not", 1.0), timed_word("what", 1.35), timed_word("your", 1.7)]
    assert text(merge_windows(before, after, Fraction(4, 5), Fraction(8, 5))) == "so ask not what your"


def test_windows_without_a_common_word_join_in_the_middle() -> None:
    before, after = line("a b c d"), line("x y z", 0.9)
    assert text(merge_windows(before, after, Fraction(4, 5), Fraction(8, 5))) == "a b c y z"


def test_an_empty_window_keeps_the_other() -> None:
    words = line("a b c")
    assert merge_windows(words, [], Fraction(5), Fraction(7)) == words
    assert merge_windows([], words, Fraction(0), Fraction(0)) == words


@given(st.lists(st.sampled_from(["ah", "the", "a", "and", "so", "no", "yes"]), min_size=4, max_size=60), st.data())
def test_correct_windows_merge_to_the_full_text(spoken: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(spoken) - 2))
    last = data.draw(st.integers(first + 1, len(spoken)))
    words = line(" ".join(spoken))
    begin, end = words[first].word.start, words[last - 1].word.end
    assert text(merge_windows(words[:last], words[first:], begin, end)) == " ".join(spoken)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), max_size=12),
    st.integers(1, 300),
)
def test_no_word_ends_after_the_recording(times: list[tuple[int, int]], length: int) -> None:
    words = [
        Word(text="x", start=Fraction(at, 100), end=Fraction(at + duration, 100), confidence=1)
        for at, duration in sorted(times)
    ]
    limit = Fraction(length, 100)
    ordered = in_order(words, limit)
    edges = [Fraction(0), *(edge for word in ordered for edge in (word.start, word.end)), limit]
    assert edges == sorted(edges)
    assert all(word.start < word.end for word in ordered)
