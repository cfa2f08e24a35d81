"""Find from the command line: takes by name, markers by label, words by transcript."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.speech import Transcript, Word
from engine.studio import Studio
from engine.tasks import transcript_path

from .shell import Shell
from .takes import studio_of


@pytest.fixture
def walk(cwtui: Shell) -> Shell:
    """Two takes: the first has a marker “The pier [x]” at 0.5 s, the second says “at the pier now”."""
    studio_of(cwtui.studio, 2)
    cwtui("mark", "1", "--at", "0.5", "--label", "The pier [x]")
    studio = Studio(cwtui.studio)
    take = studio.take("2", studio.project(None))
    words = tuple(
        Word(text=text, start=Fraction(n, 4), end=Fraction(n + 1, 4), confidence=1, speaker="S1")
        for n, text in enumerate(["at", "the", "pier", "now"])
    )
    transcript = Transcript(language="en", model="m", model_digest="d", backend="b", parameters={}, words=words)
    transcript_path(studio, take.id, take.label, take.digest).write_text(transcript.model_dump_json())
    studio.close()
    return cwtui


def test_takes_markers_and_words_are_found(walk: Shell) -> None:
    defaults = {"speaker": None, "before": "", "after": "", "sentence": ""}
    assert walk.json("find", "pier")["found"] == [
        {
            **defaults, "in": "markers", "take": "001-IMG_0001", "number": 1, "start": [1, 2], "end": [1, 2],
            "text": "The pier [x]",
        },
        {
            "in": "words", "take": "002-IMG_0002", "number": 2, "start": [1, 2], "end": [3, 4], "speaker": "S1",
            "before": "at the", "text": "pier", "after": "now", "sentence": "at the pier now",
        },
    ]  # fmt: skip
    (take,) = walk.json("find", "img_0002")["found"]
    assert take == {
        **defaults, "in": "takes", "take": "002-IMG_0002", "number": 2, "start": [0, 1], "end": [2, 1], "text": "",
    }  # fmt: skip


def test_matches_are_grouped_by_take_with_their_time_and_sentence(walk: Shell) -> None:
    assert walk("find", "pier").stdout.splitlines() == [
        "001-IMG_0001  IMG_0001.MOV",
        "  00:00:00.5  marker The pier [x]",
        "002-IMG_0002  IMG_0002.MOV",
        "  00:00:00.5  S1: at the pier now",
        "2 matches in 2 takes",
    ]
    assert walk("find", "img_0001.mov").stdout.splitlines() == [
        "001-IMG_0001  IMG_0001.MOV",
        "  00:00:00.0  take IMG_0001.MOV",
        "1 match in 1 take",
    ]
    assert walk("find", "harbour").stdout == "no matches in takes, markers, words\n"


def test_a_mistyped_phrase_has_the_spoken_one_as_suggestion(walk: Shell) -> None:
    assert walk("find", "the peir").stdout == "no matches in takes, markers, words\nDid you mean the pier?\n"
    assert walk.json("find", "peir") == {"found": [], "suggestion": "pier"}
    assert walk.json("find", "the now peir")["suggestion"] is None
    assert walk.json("find", "pier")["suggestion"] is None


def test_a_scope_or_a_speaker_limits_the_search(walk: Shell) -> None:
    assert [one["in"] for one in walk.json("find", "pier", "--in", "markers")["found"]] == ["markers"]
    assert [one["in"] for one in walk.json("find", "pier", "--speaker", "S1")["found"]] == ["words"]
    assert walk("find", "pier", "--speaker", "S2").stdout == "no matches in words\n"
    error = walk.json("find", "pier", "--speaker", "S1", "--in", "markers", code=2)["error"]
    assert error["message"] == "Markers have no speaker."
    assert "--in words" in error["hint"]
