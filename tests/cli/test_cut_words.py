"""`cwtui cut` by words: the automatic cut, edits, suggestions and chapters, with undo and what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cwtui.commands._cut_words import unless_changed
from engine.errors import RequestError
from engine.studio import Studio
from engine.tasks import transcript_path
from engine.timeline import delete_words
from tests.timeline.speech import cut_of, transcript_of

from .shell import Shell
from .takes import studio_of

TEXTS = {1: "The ferry leaves no", 2: "Um the ferry leaves.", 3: "We like it here."}


@pytest.fixture
def shoot(cwtui: Shell) -> Shell:
    """A studio with four takes of two seconds; three have transcripts: a false start, its retake, and another line."""
    studio_of(cwtui.studio, 4)
    with Studio(cwtui.studio) as studio:
        for take in studio.takes(studio.project(None)):
            if take.number in TEXTS:
                path = transcript_path(studio.paths, take.id, take.label, take.digest)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(transcript_of(TEXTS[take.number], start=Fraction(3, 10)).model_dump_json())
    return cwtui


def texts(result: Any) -> list[str]:
    return [word["text"] for word in result["words"]]


def test_the_automatic_cut_says_why(shoot: Shell) -> None:
    shown = shoot("cut", "new", "--auto").stdout
    assert "The best of 2 readings: 3 of 3 words" in shown
    assert "001-IMG_0001 is not used" in shown
    made = shoot.json("cut", "new", "second", "--auto")
    assert [clip["label"] for clip in made["cut"]["clips"]] == ["002-IMG_0002", "003-IMG_0003", "004-IMG_0004"]
    assert len(made["cut"]["clips"][0]["alternates"]) == 1
    (choice, *_) = made["choices"]
    assert [one["chosen"] for one in choice["readings"]] == [False, True]
    assert made["edit"]["title"] == "second: cut automatically"
    assert [one["take"] for one in made["left_out"]] == ["001-IMG_0001"]


def test_the_automatic_cut_follows_the_script(shoot: Shell) -> None:
    (shoot.studio / "walk" / "script.txt").write_text("We like it here.\nThe ferry leaves.\nNobody says this line.\n")
    made = shoot.json("cut", "new", "--auto")
    assert [clip["label"] for clip in made["cut"]["clips"]] == ["003-IMG_0003", "004-IMG_0004", "002-IMG_0002"]
    assert made["unsaid"] == [{"line": 3, "text": "Nobody says this line."}]


def test_words_are_listed_found_deleted_moved_and_kept(shoot: Shell) -> None:
    shoot("cut", "new")
    assert texts(shoot.json("cut", "words"))[4:7] == ["Um", "the", "ferry"]
    assert "5-8" in shoot("cut", "words").stdout
    assert texts(shoot.json("cut", "words", "--find", "the FERRY")) == ["The", "ferry", "the", "ferry"]
    deleted = shoot.json("cut", "words", "--delete", "1-4", "--delete", "5")
    assert deleted["edit"]["title"] == "film: “The ferry leaves no” and 1 more deleted"
    assert texts(shoot.json("cut", "words")) == ["the", "ferry", "leaves.", "We", "like", "it", "here."]
    shoot("cut", "words", "--move", "4", "--before", "1", "--unit", "sentence")
    assert texts(shoot.json("cut", "words")) == ["We", "like", "it", "here.", "the", "ferry", "leaves."]
    shoot("cut", "words", "--keep", "1-2")
    assert texts(shoot.json("cut", "words")) == ["We", "like"]
    for _ in range(3):
        shoot("undo")
    assert len(texts(shoot.json("cut", "words"))) == 12


def test_suggestions_are_listed_accepted_and_refused(shoot: Shell) -> None:
    shoot("cut", "new")
    (restart,) = shoot.json("cut", "suggest")["suggestions"]
    assert (restart["kind"], restart["words"]) == ("restart", [1, 5])
    assert "starts again with “the ferry leaves”" in shoot("cut", "suggest").stdout
    shoot("cut", "refuse", restart["key"])
    listed = shoot.json("cut", "suggest", "--silences", "0.5")["suggestions"]
    assert {one["kind"] for one in listed} == {"silence", "aside", "filler"}
    assert "filler “Um” accepted" in shoot("cut", "accept", "filler").stdout
    assert "Um" not in texts(shoot.json("cut", "words"))
    shoot("cut", "refuse", "--offer-again")
    shoot("cut", "accept", "--all")
    assert texts(shoot.json("cut", "words")) == ["the", "ferry", "leaves.", "We", "like", "it", "here."]


def test_chapters_are_proposed_renamed_and_written(shoot: Shell, tmp_path: Path) -> None:
    shoot("cut", "new")
    out = tmp_path / "chapters.txt"
    named = shoot.json("cut", "chapters", "--propose", "--title", "1=The ferry", "-o", str(out))
    assert [one["title"] for one in named["chapters"]] == ["The ferry"]
    assert out.read_text() == "0:00 The ferry\n"
    assert named["youtube"][0] == "YouTube needs at least 3 chapters; this cut has 1."
    assert "The ferry" in shoot("cut", "chapters").stdout


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("words --delete 99", "no words “99”"),
        ("words --delete 1 --keep 2", "incomplete or ambiguous"),
        ("words --move 1", "incomplete or ambiguous"),
        ("words --delete 1-12", "Nothing would be left"),
        ("suggest --kind fillr", "Did you mean filler?"),
        ("accept", "missing or ambiguous"),
        ("accept 99", "no suggestion “99”"),
        ("refuse 1 --all", "missing or ambiguous"),
        ("chapters --title 1", "no title of a chapter"),
        ("chapters --title 4=x", "no chapter 4"),
    ],
)
def test_bad_requests_are_refused(shoot: Shell, command: str, message: str) -> None:
    shoot("cut", "new")
    if "1-12" in command:
        shoot("cut", "remove", "4")
    assert message in " ".join(shoot("cut", *command.split(), code=2).stderr.split())


def test_a_cut_without_transcripts_says_how_to_make_them(cwtui: Shell) -> None:
    studio_of(cwtui.studio, 1)
    cwtui("cut", "new")
    assert "cwtui transcribe" in cwtui("cut", "suggest", code=2).stderr


def test_numbers_of_words_apply_only_to_the_cut_that_was_read() -> None:
    cut, spoken = cut_of("one two three")
    change = unless_changed(cut, lambda one: delete_words(one, spoken, [(0, 1)]))
    assert change(cut) == delete_words(cut, spoken, [(0, 1)])
    with pytest.raises(RequestError, match="changed at the same time"):
        change(change(cut))
