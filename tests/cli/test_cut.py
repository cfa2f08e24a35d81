"""`cwtui cut` on the command line: every verb, with undo, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from .shell import Shell
from .takes import studio_of


@pytest.fixture
def film(cwtui: Shell) -> Shell:
    """A studio with four takes of two seconds at 30 frames per second, and a cut of them."""
    studio_of(cwtui.studio, 4)
    cwtui("cut", "new")
    return cwtui


def clips(result: Any) -> list[tuple[str, int, int]]:
    return [(clip["label"], clip["start"], clip["length"]) for clip in result["cut"]["clips"]]


ONE, TWO, THREE, FOUR = ((f"{number:03d}-IMG_{number:04d}", 0, 60) for number in range(1, 5))


def test_cuts_are_made_listed_renamed_and_deleted(cwtui: Shell) -> None:
    studio_of(cwtui.studio, 4)
    assert "no cut yet" in cwtui("cut").stdout
    assert "Make one: cwtui cut new" in cwtui("cut", "show", code=2).stderr
    cwtui("keep", "2-3")
    made = cwtui.json("cut", "new")
    assert made["edit"]["title"] == "film: made"
    assert clips(made) == [TWO, THREE]
    other = cwtui.json(
        "cut", "new", "short [x]", "--take", "4", "--take", "1", "--rate", "29.97", "--canvas", "1080x1920"
    )
    assert (other["cut"]["rate"], other["cut"]["width"], other["cut"]["height"]) == ([30000, 1001], 1080, 1920)
    assert [clip["label"] for clip in other["cut"]["clips"]] == [FOUR[0], ONE[0]]
    assert other["cut"]["length"] == 2 * 59
    assert "short [x]" in cwtui("cut").stdout
    assert [one["name"] for one in cwtui.json("cut", "list")["cuts"]] == ["film", "short [x]"]
    assert "Choose one with --cut NAME" in cwtui("cut", "show", code=2).stderr
    assert "already exists" in cwtui("cut", "new", "FILM", code=2).stderr
    assert cwtui.json("cut", "rename", "reel", "--cut", "short [x]")["cuts"] == ["film", "reel"]
    assert cwtui.json("cut", "delete", "reel")["cuts"] == ["film"]
    assert "Undid: reel deleted" in cwtui("undo").stdout
    assert cwtui.json("cut", "show", "reel")["cut"]["length"] == 2 * 59
    assert cwtui.json("cut", "new")["cut"]["name"] == "film 2"


EDITS = (
    ("split 0:00.5", [(ONE[0], 0, 15), (ONE[0], 15, 45), TWO, THREE, FOUR]),
    ("split 00:00:02:06", [ONE, (TWO[0], 0, 6), (TWO[0], 6, 54), THREE, FOUR]),
    ("remove 2-3", [ONE, FOUR]),
    ("remove --from 1 --to 120f", [(ONE[0], 0, 30), THREE, FOUR]),
    ("lift 1", [("gap", 0, 60), TWO, THREE, FOUR]),
    ("lift --from 7", [ONE, TWO, THREE, (FOUR[0], 0, 30), ("gap", 0, 30)]),
    ("insert 1 --at 2 --from 0.5 --to 1", [ONE, (ONE[0], 15, 15), TWO, THREE, FOUR]),
    ("insert --gap 0.5 --before 4", [ONE, TWO, THREE, ("gap", 0, 15), FOUR]),
    ("insert 3", [ONE, TWO, THREE, FOUR, THREE]),
    ("move 3-4 --before 1", [THREE, FOUR, ONE, TWO]),
    ("move 1 --to-end", [TWO, THREE, FOUR, ONE]),
    ("duplicate 1 2", [ONE, TWO, ONE, TWO, THREE, FOUR]),
    ("trim 2 --from +0.5 --to 1.5", [ONE, (TWO[0], 15, 30), THREE, FOUR]),
    ("trim 2 --to -3f", [ONE, (TWO[0], 0, 57), THREE, FOUR]),
)


def test_an_edit_changes_the_clips_and_is_undone(film: Shell) -> None:
    for command, wanted in EDITS:
        result = film.json("cut", *command.split())
        assert clips(result) == wanted, command
        assert result["edit"]["title"].startswith("film: ")
        numbered = [(clip["number"], clip["position"]) for clip in result["cut"]["clips"]]
        assert numbered == [(n, sum(one[2] for one in wanted[: n - 1])) for n in range(1, len(wanted) + 1)]
        film("undo")
    assert clips(film.json("cut", "show")) == [ONE, TWO, THREE, FOUR]


def test_edits_of_single_clips_are_shown(film: Shell) -> None:
    film("cut", "trim", "1", "--from", "0.5", "--to", "1.5")
    film("cut", "trim", "2", "--from", "0.5", "--to", "1.5")
    assert clips(film.json("cut", "roll", "2", "--by", "-6f"))[:2] == [(ONE[0], 15, 24), (TWO[0], 9, 36)]
    assert clips(film.json("cut", "slip", "2", "--by", "0.2"))[1] == (TWO[0], 15, 36)
    assert clips(film.json("cut", "slide", "2", "--by", "3f"))[:3] == [
        (ONE[0], 15, 27), (TWO[0], 15, 36), (THREE[0], 3, 57),
    ]  # fmt: skip
    film("cut", "gain", "1-2", "--db", "-6")
    film("cut", "transition", "2", "--length", "0.4")
    film("cut", "sound", "2", "--offset", "-0.25", "--crossfade", "0.02")
    film("cut", "marker", "--at", "1", "--label", "Harbour [x]", "--kind", "chapter")
    shown = film("cut", "show").stdout
    for detail in ("−6.0 dB", "dissolve 0.40 s", "sound −0.25 s", "Harbour", "[x]"):
        assert detail in shown
    second = film.json("cut", "show")["cut"]["clips"][1]
    assert (second["sound_offset"], second["crossfade"], second["gain_db"]) == (-12_000, 960, -6.0)
    assert second["transition"] == {"kind": "dissolve", "before": 6, "after": 6}
    assert "chapter" in film("cut", "marker").stdout
    film("cut", "marker", "--change", "1", "--label", "Gull")
    (marker,) = film.json("cut", "marker")["markers"]
    assert (marker["tick"], marker["label"], marker["kind"]) == (30, "Gull", "chapter")
    assert "no markers" in film("cut", "marker", "--remove", "1").stdout
    film("cut", "transition", "2", "--kind", "cut")
    assert "transition" not in film.json("cut", "show")["cut"]["clips"][1]


def test_what_was_cut_is_joined_and_restored(film: Shell) -> None:
    film("cut", "split", "0:01")
    assert clips(film.json("cut", "join", "1")) == [ONE, TWO, THREE, FOUR]
    film("cut", "remove", "--from", "0.5", "--to", "1")
    assert clips(film.json("cut", "restore", "1")) == [ONE, TWO, THREE, FOUR]
    film("cut", "lift", "3")
    assert clips(film.json("cut", "replace", "3")) == [ONE, TWO, THREE, FOUR]
    assert film.json("cut", "gain", "1", "--db", "0")["edit"] is None
    assert "no change" in film("cut", "gain", "1", "--db", "0").stdout


REFUSED = (
    ("new --rate 0", "is not a frame rate"),
    ("new --canvas 19x20", "is not a canvas"),
    ("new --take 9", "no take “9”"),
    ("new a/b", "cannot be the name of a file"),
    ("show fiml", "Did you mean film?"),
    ("split 0:99", "ends at 00:00:08.00"),
    ("split 2", "already has an edit"),
    ("split x", "is not a time"),
    ("remove 5", "There is no clip 5"),
    ("remove 3-2", "ends before it begins"),
    ("remove", "missing or ambiguous"),
    ("remove --from 3 --to 2", "has nothing from"),
    ("insert", "incomplete or ambiguous"),
    ("insert 1 --to 3", "is 2.00 s long"),
    ("insert --gap 0", "at least one frame"),
    ("move 1", "missing or ambiguous"),
    ("move 1 --before 1", "cannot be moved before itself"),
    ("join 1", "do not continue each other"),
    ("restore 4", "Nothing is missing"),
    ("replace 1", "has no alternate 1"),
    ("trim 1", "point is missing"),
    ("trim 1 --to 2.5", "cannot go from"),
    ("roll 1 --by 1f", "first clip"),
    ("slip 1 --by 1f", "no more frames"),
    ("slide 4 --by 1f", "last clip"),
    ("gain 1 --db 90", "not possible"),
    ("transition 2", "not enough frames"),
    ("sound 2", "change is missing"),
    ("sound 2 --offset -0.1", "cannot begin 0.100 s before"),
    ("marker --at 9", "outside of"),
    ("marker --remove 1", "has no marker 1"),
    ("marker --label x", "incomplete"),
)


def test_what_is_impossible_is_refused_and_changes_nothing(film: Shell) -> None:
    for command, message in REFUSED:
        result = film("cut", *command.split(), code=2)
        assert message in result.stderr, command
        assert "→" in result.stderr, command
    assert clips(film.json("cut", "show")) == [ONE, TWO, THREE, FOUR]
