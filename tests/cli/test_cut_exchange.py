"""`cwtui cut export`, `import` and `diff` on the command line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from fixtures.exchange_files import PREMIERE_EDL, final_cut

from .shell import Shell
from .takes import studio_of


@pytest.fixture
def film(cwtui: Shell) -> Shell:
    """A studio with four takes of two seconds at 30 frames per second, and a cut of them."""
    studio_of(cwtui.studio, 4)
    cwtui("cut", "new")
    cwtui("cut", "trim", "2", "--from", "0.5", "--to", "1.5")
    return cwtui


@pytest.mark.parametrize("form", ["fcpxml", "otio", "edl", "fcp7"])
def test_a_cut_returns_from_every_format_without_a_difference(film: Shell, tmp_path: Path, form: str) -> None:
    for clip in ("1", "3", "4"):
        # Crossfades need recorded sound beyond the clips.
        film("cut", "trim", clip, "--from", "0.2", "--to", "1.8")
    film("cut", "move", "4", "--before", "1")
    path = tmp_path / {"fcp7": "film.xml"}.get(form, f"film.{form}")
    made = film.json("cut", "export", "-o", str(path))
    assert made["format"] == form
    assert made["bytes"] == path.stat().st_size
    # EDL and FCP 7 XML have neither crossfades nor reasons; nothing else is lost.
    lost = {loss["property"] for loss in made["losses"]}
    assert lost <= (set() if form in ("fcpxml", "otio") else {"crossfade", "reason"})
    changes = film.json("cut", "diff", "film", str(path))["changes"]
    assert {change["kind"] for change in changes} <= ({"sound"} if lost else set())
    back = film.json("cut", "import", str(path), "--name", "back")
    assert [clip["label"] for clip in back["cut"]["clips"]] == [f"00{n}-IMG_000{n}" for n in (4, 1, 2, 3)]
    assert back["cut"]["length"] == 174


def test_an_existing_file_is_replaced_only_on_request(film: Shell, tmp_path: Path) -> None:
    path = tmp_path / "film.fcpxml"
    path.write_text("mine")
    assert "already exists" in film("cut", "export", "-o", str(path), code=2).stderr
    assert path.read_text() == "mine"
    film("cut", "export", "-o", str(path), "--replace", "--fcpxml-version", "1.13")
    assert '<fcpxml version="1.13">' in path.read_text()
    assert "1.8" in film("cut", "export", "-o", str(path), "--replace", "--fcpxml-version", "1.2", code=2).stderr
    assert "no timecode" in film("cut", "export", "-o", str(tmp_path / "a.edl"), "--start", "1h", code=2).stderr
    assert "No format" in film("cut", "export", "-o", str(tmp_path / "a.doc"), code=2).stderr


def test_the_loss_report_is_printed(film: Shell, tmp_path: Path) -> None:
    film("cut", "gain", "2", "--db", "-3")
    assert "The gain is lost: clip 2." in film("cut", "export", "-o", str(tmp_path / "film.edl")).stderr


def test_media_that_is_not_in_the_project_needs_consent(film: Shell, tmp_path: Path) -> None:
    path = tmp_path / "from elsewhere.fcpxml"
    path.write_bytes(final_cut(Fraction(25)))
    refused = film("cut", "import", str(path), code=2)
    assert "“IMG_0104.MOV” (3 clips) is not in the project" in refused.stderr
    assert "--partial" in refused.stderr
    assert [cut["name"] for cut in film.json("cut", "list")["cuts"]] == ["film"]
    made = film.json("cut", "import", str(path), "--partial")
    assert made["cut"]["name"] == "Harbour"
    assert made["cut"]["length"] == 320
    assert any(issue["blocking"] for issue in made["issues"])
    assert any(clip["take"] == "media:file:///Volumes/Card/DCIM/IMG_0104.MOV" for clip in made["cut"]["clips"])
    # The unknown media is still in an export.
    exported = tmp_path / "again.fcpxml"
    film("cut", "export", "--cut", "Harbour", "-o", str(exported))
    assert "IMG_0104.MOV" in exported.read_text()
    film("undo")
    assert [cut["name"] for cut in film.json("cut", "list")["cuts"]] == ["film"]


def test_media_is_assigned_to_takes_by_name(film: Shell, tmp_path: Path) -> None:
    path = tmp_path / "list.edl"
    path.write_text(PREMIERE_EDL)
    assert "no media “other”" in film("cut", "import", str(path), "--media", "other=1", code=2).stderr
    made = film.json(
        "cut",
        "import",
        str(path),
        "--rate",
        "25",
        "--partial",
        "--media",
        "IMG_0103.MOV=1",
        "--media",
        "IMG_0104.MOV=2",
    )
    assert [(one["media"], one["by"]) for one in made["media"]] == [
        ("IMG_0103.MOV", "choice"),
        ("IMG_0104.MOV", "choice"),
    ]
    assert any("has no 01:00:04:05" in issue["message"] for issue in made["issues"])
    refused = film("cut", "import", str(path), "--rate", "12", code=2).stderr
    assert "there is no timecode" in refused


def test_files_of_no_cut_are_refused(film: Shell, tmp_path: Path) -> None:
    missing = film("cut", "import", str(tmp_path / "none.fcpxml"), code=2)
    assert "There is no file" in missing.stderr
    (tmp_path / "notes.txt").write_text("")
    assert "is no file of a cut" in film("cut", "import", str(tmp_path / "notes.txt"), code=2).stderr
    (tmp_path / "broken.fcpxml").write_text("<fcpxml version='1.10'>")
    assert "is not FCPXML" in film("cut", "import", str(tmp_path / "broken.fcpxml"), code=2).stderr


def test_the_differences_of_two_cuts_are_listed(film: Shell) -> None:
    film("cut", "new", "other")
    film("cut", "move", "3", "--before", "1", "--cut", "other")
    film("cut", "remove", "4", "--cut", "other")
    found = film("cut", "diff", "film", "other")
    assert "moved" in found.stdout
    assert "removed" in found.stdout
    assert "15 frames more at the start" in found.stdout
    assert "00:00:07.00 → 00:00:06.00" in found.stdout
    assert "no difference" in film("cut", "diff", "film", "film").stdout


def test_a_shot_list_has_every_clip(film: Shell, tmp_path: Path) -> None:
    film("cut", "export", "-o", str(tmp_path / "film.md"))
    text = (tmp_path / "film.md").read_text()
    assert text.count("IMG\\_000") == 4
    assert "00:00:00:15 – 00:00:01:14" in text


def test_a_page_needs_no_pictures(film: Shell, tmp_path: Path) -> None:
    # The takes of this studio have no files.
    film("cut", "export", "-o", str(tmp_path / "film.html"))
    page = (tmp_path / "film.html").read_text()
    assert page.count("<tr>") == 5
    assert "<img" not in page


def test_pictures_of_takes_without_files_are_black_and_said_to_be(film: Shell, tmp_path: Path) -> None:
    still = film("cut", "frame", "--at", "30f", "-o", str(tmp_path / "still.png"), "--width", "160")
    assert "clip 1 is black" in still.stderr
    assert "160×90, 00:00:01.00, clip 1" in still.stdout
    assert "already exists" in film("cut", "frame", "-o", str(tmp_path / "still.png"), code=2).stderr
    sheet = film.json("cut", "sheet", "film", "-o", str(tmp_path / "sheet.png"), "--width", "320")
    assert (sheet["cut"], sheet["width"]) == ("film", 320)
    assert [(one["tick"], one["missing"]) for one in sheet["pictures"]] == [
        (30, [1]), (75, [2]), (120, [3]), (180, [4]),
    ]  # fmt: skip


def test_an_otio_file_from_elsewhere_names_its_unknown_media(film: Shell, tmp_path: Path) -> None:
    time = otio.opentime.RationalTime
    track = otio.schema.Track("V1", kind="Video")
    for name in ("IMG_0002.MOV", "stranger.mov"):
        media = otio.schema.ExternalReference(f"file:///elsewhere/{name}")
        track.append(otio.schema.Clip(name, media, otio.opentime.TimeRange(time(5, 30), time(20, 30))))
    timeline = otio.schema.Timeline("theirs")
    timeline.tracks.append(track)
    path = tmp_path / "theirs.otio"
    otio.adapters.write_to_file(timeline, str(path))
    assert "stranger.mov" in film("cut", "import", str(path), code=2).stderr
    made = film.json("cut", "import", str(path), "--partial")
    assert [(clip["label"], clip["start"], clip["length"]) for clip in made["cut"]["clips"]] == [
        ("002-IMG_0002", 5, 20),
        ("stranger.mov (missing)", 5, 20),
    ]


def test_captions_need_words(film: Shell, tmp_path: Path) -> None:
    refused = film("cut", "export", "-o", str(tmp_path / "film.srt"), code=2)
    assert "has words" in refused.stderr
    assert (
        json.loads(film("cut", "export", "-o", str(tmp_path / "film.srt"), "--json", code=2).stdout)["error"]["code"]
        == 2
    )
