"""Search in a project: takes by name and notes, markers by label, words by transcript."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.speech import Transcript, Word, find
from engine.studio import SEARCH_SCOPES, SearchScope, Studio, group_by_take, search_project, suggest_phrase
from engine.tasks import transcript_path
from tests.cli.takes import a_take


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Studio]:
    """A project of three takes: the first has a marker, the second a note, the third words."""
    studio = Studio(tmp_path)
    project = studio.new_project("Walk")
    first, second, third = (a_take(project, number) for number in (1, 2, 3))
    noted = second.probe.model_copy(update={"notes": ("A gull colony hides the horizon.",)})
    for take in (third, second.model_copy(update={"probe": noted}), first):
        studio.catalog.add_take(take)
    studio.catalog.reviews.add_marker(first, Fraction(3, 2), "Gulls & boats")
    words = tuple(
        Word(text=text, start=Fraction(n), end=Fraction(n + 1), confidence=1, speaker=f"S{n % 2 + 1}")
        for n, text in enumerate(["the", "gulls,", "the", "Gulls!"])
    )
    transcript = Transcript(language="en", model="m", model_digest="d", backend="b", parameters={}, words=words)
    transcript_path(studio, third.id, third.label, third.digest).write_text(transcript.model_dump_json())
    yield studio
    studio.close()


def found(
    studio: Studio, phrase: str, scopes: Collection[SearchScope] = SEARCH_SCOPES, speaker: str | None = None
) -> list[tuple[str, int, Fraction, str]]:
    project = studio.project(None)
    results = search_project(studio, project, phrase, scopes, speaker)
    return [(one.scope, one.take.number, one.start, one.text) for one in results]


def test_takes_come_first_then_markers_then_words(walk: Studio) -> None:
    assert found(walk, "GULL") == [
        ("takes", 2, 0, "A gull colony hides the horizon."),
        ("markers", 1, Fraction(3, 2), "Gulls & boats"),
        ("words", 3, 1, "gulls,"),
        ("words", 3, 3, "Gulls!"),
    ]


@pytest.mark.parametrize(
    ("phrase", "takes"),
    [
        ("002-img", [(2, "")]),
        ("IMG_0003", [(3, "")]),
        ("img_0003.mov", [(3, "IMG_0003.MOV")]),
        ("mov", []),
        ("horizon", [(2, "A gull colony hides the horizon.")]),
        ("img_000", [(1, ""), (2, ""), (3, "")]),
    ],
)
def test_a_take_is_found_by_its_label_its_file_name_and_its_notes(
    walk: Studio, phrase: str, takes: list[tuple[int, str]]
) -> None:
    assert [(number, text) for _, number, _, text in found(walk, phrase)] == takes


@pytest.mark.parametrize("scope", SEARCH_SCOPES)
def test_a_search_is_limited_to_the_given_scope(walk: Studio, scope: SearchScope) -> None:
    assert {where for where, *_ in found(walk, "gull", [scope])} == {scope}


def test_a_result_has_its_time_range_and_the_surrounding_words(walk: Studio) -> None:
    results = list(search_project(walk, walk.project(None), "gulls"))
    marker, word, _ = results
    assert (marker.start, marker.end, marker.words) == (Fraction(3, 2), Fraction(3, 2), None)
    assert word.words
    assert (word.start, word.end, word.words.before, word.words.after) == (1, 2, "the", "the Gulls!")
    (take,) = search_project(walk, walk.project(None), "001-")
    assert (take.start, take.end) == (0, 2)


def test_a_speaker_limits_the_word_results(walk: Studio) -> None:
    assert found(walk, "gulls", ["words"], speaker="S1") == []
    assert len(found(walk, "gulls", ["words"], speaker="S2")) == 2


@pytest.mark.parametrize("phrase", ["", "  "])
def test_an_empty_phrase_is_refused(walk: Studio, phrase: str) -> None:
    with pytest.raises(RequestError, match="search phrase is empty"):
        found(walk, phrase)


def test_a_phrase_without_letters_is_found_only_in_labels(walk: Studio) -> None:
    assert found(walk, "&", ["takes", "markers"]) == [("markers", 1, Fraction(3, 2), "Gulls & boats")]
    with pytest.raises(RequestError, match="search phrase is empty"):
        found(walk, "&")


def test_matches_are_grouped_by_take_in_shooting_order(walk: Studio) -> None:
    project = walk.project(None)
    groups = group_by_take(walk, project, search_project(walk, project, "gull"))
    assert [(one.take.number, [result.scope for result in one.results]) for one in groups] == [
        (1, ["markers"]),
        (2, ["takes"]),
        (3, ["words", "words"]),
    ]


def test_a_match_has_its_sentence_by_one_speaker() -> None:
    texts = ["It", "is", "low.", "The", "boats", "leave", "at", "the", "ebb,", "and", "gulls", "follow.", "Yes"]
    words = tuple(
        Word(text=text, start=Fraction(n), end=Fraction(n + 1), confidence=1, speaker="S1" if n < 11 else "S2")
        for n, text in enumerate(texts)
    )
    transcript = Transcript(language="en", model="m", model_digest="d", backend="b", parameters={}, words=words)
    (match,) = find(transcript, "ebb")
    assert (match.sentence_before, match.text, match.sentence_after) == (
        "The boats leave at the ",
        "ebb,",
        " and gulls",
    )
    assert match.sentence == "The boats leave at the ebb, and gulls"


def test_a_changed_transcript_is_read_again(walk: Studio) -> None:
    project = walk.project(None)
    take = walk.take("3", project)
    before = walk.transcript_of(take)
    assert before
    assert walk.transcript_of(take) is before
    assert suggest_phrase(walk, project, "gulss") == "gulls"
    path = transcript_path(walk, take.id, take.label, take.digest)
    path.write_text(before.model_copy(update={"words": before.words[:1]}).model_dump_json())
    assert suggest_phrase(walk, project, "gulss") is None
