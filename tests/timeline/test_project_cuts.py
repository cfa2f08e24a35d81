"""The cuts of a project: files, names, the journal, and other programs that write the same files."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import EngineError, RequestError
from engine.studio import ProjectCuts, Studio
from engine.timeline import Clip, Cut, cut_name, remove, set_gain, split
from tests.cli.takes import studio_of


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio with three takes of two seconds at 30 frames per second."""
    studio_of(tmp_path / "studio", 3)
    with Studio(tmp_path / "studio") as opened:
        yield opened


@pytest.fixture
def cuts(studio: Studio) -> ProjectCuts:
    return ProjectCuts(studio, studio.project(None))


def write_again(path: Path, old: str, new: str) -> None:
    """Changes a file as another program would, at a later time."""
    path.write_text(path.read_text().replace(old, new))
    later = path.stat().st_mtime_ns + 10_000_000
    os.utime(path, ns=(later, later))


def test_a_new_cut_has_the_kept_ranges_of_the_kept_takes(studio: Studio, cuts: ProjectCuts) -> None:
    takes = studio.takes(studio.project(None))
    whole = cuts.new("all")
    assert [(clip.take, clip.start, clip.length) for clip in whole.clips] == [(take.id, 0, 60) for take in takes]
    studio.catalog.reviews.set_verdicts(takes[:2], "keep")
    studio.catalog.reviews.add_range(takes[0], Fraction(1, 2), Fraction(1))
    studio.catalog.reviews.add_range(takes[0], Fraction(3, 2), None)
    cut = cuts.new("film", rate=Fraction(24))
    assert [(clip.id, clip.take, clip.start, clip.length) for clip in cut.clips] == [
        ("1", takes[0].id, 12, 12), ("2", takes[0].id, 36, 12), ("3", takes[1].id, 0, 48),
    ]  # fmt: skip
    assert (cut.rate, cut.width, cut.height) == (24, 1920, 1080)
    with pytest.raises(RequestError, match="no take to cut"):
        cuts.new("film", [])


def test_every_change_of_a_cut_is_undone_and_redone_exactly(studio: Studio, cuts: ProjectCuts) -> None:
    project = studio.project(None)
    made = cuts.new("film")
    cuts.add(made)
    states: list[Cut | None] = [None, made]
    for change in (lambda cut: split(cut, 20), lambda cut: remove(cut, ["2"]), lambda cut: set_gain(cut, ["4"], -3)):
        cuts.edit("film", change, "changed")
        states.append(cuts.read("film"))
    assert cuts.edit("film", lambda cut: set_gain(cut, ["4"], -3), "unchanged") is None
    cuts.delete("film")
    states.append(None)

    def state() -> Cut | None:
        return cuts.read("film") if cuts.names() else None

    # Another process has a store of its own.
    with Studio(studio.folder) as other:
        for wanted in reversed(states[:-1]):
            assert other.undo(project) is not None
            assert state() == wanted
        assert other.undo(project) is None
        for wanted in states[1:]:
            assert other.redo(project) is not None
            assert state() == wanted


def test_a_renamed_cut_keeps_its_content_and_undo_renames_it_back(studio: Studio, cuts: ProjectCuts) -> None:
    cuts.add(cuts.new("film"))
    made = cuts.read("film")
    cuts.rename("film", "Über – uns")
    assert cuts.names() == ["Über – uns"]
    assert cuts.read(unicodedata.normalize("NFD", "über – uns")) == replace(made, name="Über – uns")
    studio.undo(studio.project(None))
    assert (cuts.names(), cuts.read("film")) == (["film"], made)
    for taken in ("FILM", "film"):
        with pytest.raises(RequestError, match="already exists"):
            cuts.rename("film", taken)
    assert cuts.read("film") == made


def test_an_entry_of_the_journal_has_only_the_part_that_changed(studio: Studio, cuts: ProjectCuts) -> None:
    take = studio.takes(studio.project(None))[0].id
    clips = tuple(Clip(str(number), take, 0, 10, reason="A line of the script.") for number in range(1, 500))
    cuts.add(replace(cuts.new("film"), clips=clips))
    edit = cuts.edit("film", lambda cut: remove(cut, ["250"]), "clip 250 removed")
    assert edit is not None
    ((_, _, before, after),) = studio.catalog.reviews.journal.list_changes(edit)
    assert len(before) + len(after) <= 3
    assert studio.undo(studio.project(None)) is not None
    assert cuts.read("film").clips == clips


def test_a_file_that_another_program_changed_is_read_anew_and_not_overwritten(
    studio: Studio, cuts: ProjectCuts
) -> None:
    cuts.add(cuts.new("film"))
    path = cuts.store.path("film")
    assert cuts.read("film").clips[0].gain_db == 0
    write_again(path, '"name":"001-IMG_0001","source_range"', '"name":"Opening","source_range"')
    assert cuts.read("film").clips[0].name == "Opening"
    cut = cuts.read("film")
    write_again(path, "Opening", "Titles")
    with pytest.raises(RequestError, match="Another program has changed film"):
        cuts.store.write(cut)
    assert cuts.read("film").clips[0].name == "Titles"

    def change(cut: Cut) -> Cut:
        write_again(path, "Titles", "Credits")
        return remove(cut, ["2"])

    with pytest.raises(RequestError, match="Another program has changed film"):
        cuts.edit("film", change, "removed")
    assert [clip.name for clip in cuts.read("film").clips] == ["Credits", "", ""]
    assert len(studio.catalog.reviews.edits(studio.project(None).id)) == 1


def test_undo_leaves_alone_what_another_program_changed_and_goes_on(studio: Studio, cuts: ProjectCuts) -> None:
    project = studio.project(None)
    cuts.add(cuts.new("film"))
    cuts.edit("film", lambda cut: set_gain(cut, ["3"], -3), "quieter")
    cuts.edit("film", lambda cut: set_gain(cut, ["1"], -6), "quieter")
    path = cuts.store.path("film")
    # Another place: the change is undone, and the other program's stays.
    write_again(path, '"name":"002-IMG_0002","source_range"', '"name":"Middle","source_range"')
    studio.undo(project)
    assert [(clip.name, clip.gain_db) for clip in cuts.read("film").clips] == [("", 0), ("Middle", 0), ("", -3)]
    studio.redo(project)
    # The same place.
    write_again(path, '"name":"001-IMG_0001","source_range"', '"name":"Opening","source_range"')
    with pytest.raises(RequestError, match="another program has changed"):
        studio.undo(project)
    assert cuts.read("film").clips[0].gain_db == -6
    studio.undo(project)
    assert [(clip.name, clip.gain_db) for clip in cuts.read("film").clips] == [("Opening", -6), ("Middle", 0), ("", 0)]


def test_a_file_with_more_than_a_cut_has_is_kept_before_it_is_written(cuts: ProjectCuts) -> None:
    cuts.add(cuts.new("film"))
    path = cuts.store.path("film")
    value = json.loads(path.read_text())
    value["tracks"]["children"][0]["children"][0]["effects"] = [{"OTIO_SCHEMA": "Effect.1", "effect_name": "Blur"}]
    write_again(path, path.read_text(), json.dumps(value))
    content = path.read_bytes()
    assert "Blur" in cuts.losses("film")[0]
    cuts.edit("film", lambda cut: remove(cut, ["3"]), "removed")
    (kept,) = (path.parent / "replaced").iterdir()
    assert kept.read_bytes() == content
    assert cuts.losses("film") == ()
    assert cuts.names() == ["film"]


def test_a_file_with_a_decomposed_name_is_the_same_cut(cuts: ProjectCuts) -> None:
    cuts.add(cuts.new("Über"))
    path = cuts.store.path("Über")
    path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))
    assert cuts.names() == ["Über"]
    cuts.edit("über", lambda cut: remove(cut, ["1"]), "removed")
    assert len(list(path.parent.glob("*.otio"))) == 1
    assert len(cuts.read("Über").clips) == 2


def test_a_damaged_file_is_an_error_with_the_name_of_the_cut(cuts: ProjectCuts) -> None:
    cuts.add(cuts.new("film"))
    path = cuts.store.path("film")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(EngineError, match="“film” is not a readable"):
        cuts.read("film")
    with pytest.raises(RequestError, match="no cut “filn”") as caught:
        cuts.read("filn")
    assert "Did you mean film?" in caught.value.hint


@pytest.mark.parametrize(
    "name", ["", " ", "a/b", ".hidden", "-x", "a\nb", "x" * 101, "é" * 101, "a.", "con?", "🎬" * 60]
)
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(RequestError):
        cut_name(name)


def test_a_take_that_vanished_keeps_its_clips(studio: Studio, cuts: ProjectCuts) -> None:
    made = cuts.new("film")
    cuts.add(replace(made, clips=(replace(made.clips[0], take="gone"), *made.clips[1:])))
    cuts.edit("film", lambda cut: remove(cut, ["2"]), "removed")
    cuts.store._known.clear()
    assert [clip.take for clip in cuts.read("film").clips] == ["gone", made.clips[2].take]
