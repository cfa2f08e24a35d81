"""Edits by words: the words that stay are those that were chosen, and no edge is in the middle of one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.timeline import (
    HOP,
    SAMPLE_RATE,
    Clip,
    Cut,
    CutMarker,
    TakeWords,
    Transition,
    delete_words,
    find_words,
    keep_words,
    move_words,
    sentence_of,
    text_of,
    turn_of,
    words_of,
)
from tests.timeline.speech import cut_of, says, spoken_cuts

Spoken = dict[str, TakeWords]


def said(cut: Cut, spoken: Spoken) -> list[tuple[str, int]]:
    return [(word.take, word.place) for word in words_of(cut, spoken)]


def assert_sound(before: Cut, cut: Cut, spoken: Spoken) -> None:
    """The clips fill the cut, their ids are unique, and a new edge is in no word that stays, beyond a quarter of it."""
    assert len({clip.id for clip in cut.clips}) == len(cut.clips)
    spans = list(cut.sound_spans())
    assert spans[-1].last == cut.sample(cut.length)
    assert all(a.last == b.first for a, b in pairwise(spans))
    old = {(clip.take, edge) for clip in before.clips for edge in (clip.start, clip.end)}
    for word in words_of(cut, spoken):
        clip, one = cut.clips[word.clip], word.word
        quarter = (one.end - one.start) // 4 + SAMPLE_RATE // int(cut.rate) + HOP
        if (clip.take, clip.start) not in old:
            assert cut.sample(clip.start) <= one.start + quarter
        if (clip.take, clip.end) not in old:
            assert cut.sample(clip.end) >= one.end - quarter


@given(spoken_cuts(), st.data())
def test_deleted_words_are_gone_and_all_others_stay(made: tuple[Cut, Spoken], data: st.DataObject) -> None:
    cut, spoken = made
    before = said(cut, spoken)
    assume(len(before) > 1)
    first = data.draw(st.integers(0, len(before) - 1))
    last = data.draw(st.integers(first + 1, len(before)))
    assume(last - first < len(before))
    after = delete_words(cut, spoken, [(first, last)])
    assert said(after, spoken) == before[:first] + before[last:]
    assert_sound(cut, after, spoken)
    assert said(keep_words(cut, spoken, [(0, first), (last, len(before))]), spoken) == said(after, spoken)


@given(spoken_cuts(), st.data())
def test_moved_words_are_at_their_new_place(made: tuple[Cut, Spoken], data: st.DataObject) -> None:
    cut, spoken = made
    before = said(cut, spoken)
    assume(len(before) > 1)
    first = data.draw(st.integers(0, len(before) - 1))
    last = data.draw(st.integers(first + 1, len(before)))
    to = data.draw(st.integers(0, len(before)))
    assume(not first < to < last)
    rest = before[:first] + before[last:]
    place = to if to <= first else to - (last - first)
    after = move_words(cut, spoken, (first, last), to)
    assert said(after, spoken) == rest[:place] + before[first:last] + rest[place:]
    assert_sound(cut, after, spoken)


def test_an_edge_is_at_the_quietest_place_of_the_gap() -> None:
    cut, spoken = cut_of("one two /0.6 three four", rate=Fraction(25))
    words = words_of(cut, spoken)
    gaps = [(words[n].end, words[n + 1].start) for n in (0, 1)]
    # 50 ms of silence in each gap; everything else is loud.
    quiet = [(gaps[0][0] + 2400, gaps[0][0] + 4800), (gaps[1][1] - 7200, gaps[1][1] - 4800)]

    def levels(take: str, first: int, last: int) -> list[float]:
        return [-60.0 if any(a <= at < b for a, b in quiet) else -10.0 for at in range(first, last, HOP)]

    after = delete_words(cut, spoken, [(1, 2)], levels)
    one, two = after.sound_spans()
    assert quiet[0][0] <= one.source + one.last - one.first < quiet[0][1] + HOP
    assert quiet[1][0] <= two.source < quiet[1][1] + HOP
    assert after.clips[1].crossfade > 0


def test_clips_that_no_edit_touches_stay_as_they_are() -> None:
    cut, spoken = cut_of("one two", "three four five", "six seven")
    after = delete_words(cut, spoken, [(3, 4)])
    assert after.clips[0] is not None
    assert (after.clips[0], after.clips[3]) == (cut.clips[0], cut.clips[2])
    assert [clip.id for clip in after.clips] == ["1", "2", "4", "3"]


def test_clips_without_words_stay_and_markers_stay_on_their_clips() -> None:
    spoken = {"a": says("a", "one two three")}
    markers = (CutMarker(32, "in one"), CutMarker(41, "in two"), CutMarker(50, "in three"))
    cut = Cut("film", Fraction(30), 1920, 1080, (Clip("1", None, 0, 10), Clip("2", "a", 0, 90, markers=markers)))
    after = delete_words(cut, spoken, [(1, 2)])
    assert [clip.take for clip in after.clips] == [None, "a", "a"]
    assert [one.label for one in after.clips[1].markers] == ["in one"]
    assert [one.label for one in after.clips[2].markers] == ["in two", "in three"]
    assert after.clips[2].markers[0].at == after.clips[2].start


def test_a_transition_is_shortened_to_the_words_that_stay() -> None:
    cut, spoken = cut_of("one two three", "four five")
    second = replace(cut.clips[1], start=20, length=40, transition=Transition("dissolve", 20, 20))
    cut = replace(cut, clips=(replace(cut.clips[0], start=25), second))
    after = delete_words(cut, spoken, [(1, 3)])
    assert after.clips[0].length < 20
    assert after.clips[1].transition == Transition("dissolve", after.clips[0].length, 20)


def test_a_cut_keeps_at_least_one_clip() -> None:
    cut, spoken = cut_of("one two")
    with pytest.raises(RequestError, match="Nothing would be left"):
        delete_words(cut, spoken, [(0, 2)])
    with pytest.raises(RequestError, match="no words 3 to 4"):
        delete_words(cut, spoken, [(2, 4)])
    with pytest.raises(RequestError, match="into themselves"):
        move_words(cut, spoken, (0, 2), 1)


def test_sentences_turns_and_phrases_are_found_by_their_words() -> None:
    cut, spoken = cut_of("The sea is cold. We like it", "so much. The sea!")
    words = words_of(cut, spoken)
    assert text_of(words) == "The sea is cold. We like it so much. The sea!"
    assert sentence_of(words, 1) == (0, 4)
    assert sentence_of(words, 5) == (4, 7)
    assert turn_of(words, 5) == (0, 7)
    assert find_words(words, "the SEA,") == [(0, 2), (9, 11)]
    assert find_words(words, "…") == []
