"""Chapters: from markers, proposed from the words, and as text."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.errors import RequestError
from engine.timeline import (
    Chapter,
    Clip,
    Cut,
    chapter_text,
    chapters_of,
    propose_chapters,
    with_chapters,
    youtube_problems,
)
from tests.timeline.speech import cut_of

BOATS = "The boat has a sail. A sail needs wind. The boat waits for wind and the sail is full."
BREAD = "The bakery sells bread. Bread needs flour. The bakery bakes bread with flour before dawn."
BELLS = "The tower has bells. The bells ring. A tower without bells never rings above the square."


def test_chapters_begin_where_the_vocabulary_changes() -> None:
    cut, spoken = cut_of(" ".join([BOATS] * 4 + ["/2"] + [BREAD] * 4 + ["/2"] + [BELLS] * 4))
    found = propose_chapters(cut, spoken, Fraction(10))
    words = spoken["t1"].words
    starts = [next(w.start for w in words if w.text == text) / 48_000 for text in ("bakery", "tower")]
    assert [one.tick / 30 for one in found] == pytest.approx([0, starts[0] - 0.5, starts[1] - 0.5], abs=0.3)
    assert [{"sail", "bakery", "bells"} & set(one.title.casefold().split(", ")) for one in found] == [
        {"sail"}, {"bakery"}, {"bells"},
    ]  # fmt: skip
    assert chapters_of(with_chapters(cut, found)) == found
    assert youtube_problems(cut, found) == []


def test_a_cut_without_a_change_or_without_words_has_no_chapters_to_propose() -> None:
    cut, spoken = cut_of(BOATS)
    assert [one.tick for one in propose_chapters(cut, spoken)] == [0]
    with pytest.raises(RequestError, match="has no words"):
        propose_chapters(Cut("film", Fraction(30), 1920, 1080, (Clip("1", "x", 0, 90),)), spoken)


def test_youtubes_rules_are_checked() -> None:
    cut = Cut("film", Fraction(30), 1920, 1080, (Clip("1", "x", 0, 30 * 60),))
    fine = [Chapter(0, "One"), Chapter(300, "Two"), Chapter(600, "Three")]
    assert youtube_problems(cut, fine) == []
    assert len(youtube_problems(cut, fine[:2])) == 1
    assert "0:00" in youtube_problems(cut, [Chapter(1, "One"), *fine[1:]])[0]
    assert "9.9 s" in youtube_problems(cut, [Chapter(0, "One"), Chapter(301, "Two"), Chapter(598, "Three")])[0]
    assert "no title" in youtube_problems(cut, [*fine[:2], Chapter(600, " ")])[0]
    assert youtube_problems(cut, []) == ["YouTube needs at least 3 chapters; this cut has 0."]


def test_chapters_as_text_have_hours_only_if_the_cut_has() -> None:
    cut = Cut("film", Fraction(30000, 1001), 1920, 1080, (Clip("1", "x", 0, 30 * 60 * 20),))
    assert chapter_text(cut, [Chapter(0, "One"), Chapter(30 * 75, "Two")]) == "0:00 One\n1:15 Two\n"
    long = Cut("film", Fraction(30), 1920, 1080, (Clip("1", "x", 0, 30 * 4000),))
    assert chapter_text(long, [Chapter(0, "One"), Chapter(30 * 3700, "Two")]) == "0:00:00 One\n1:01:40 Two\n"
