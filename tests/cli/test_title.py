"""`cwtui title`: templates, files with alpha, and titles of cuts with undo."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
from PIL import Image

from engine.titles import load_title, title_names

from .shell import Shell
from .takes import studio_of

SMALL = ("--size", "160x90", "--rate", "10", "--for", "4f")


@pytest.fixture
def film(cwtui: Shell) -> Shell:
    """A studio with two takes of two seconds at 30 frames per second, and a cut of them."""
    studio_of(cwtui.studio, 2)
    cwtui("cut", "new")
    return cwtui


def test_templates_are_listed_shown_made_and_checked(cwtui: Shell) -> None:
    listed = cwtui.json("title", "list")["templates"]
    assert [one["name"] for one in listed] == title_names()
    shown = cwtui.json("title", "show", "counter")
    assert shown["digest"] == load_title("counter").digest
    assert shown["fields"]["to"]["required"] is True
    assert "cubic metres" in cwtui("title", "show", "counter").stdout
    made = cwtui.json("title", "new", "Harbour", "--extends", "lower-third")
    path = Path(made["path"])
    assert path.parent == (cwtui.studio / "titles").absolute()
    assert cwtui.json("title", "lint", "harbour")["templates"][0]["problems"] == []
    path.write_text(path.read_text() + '\n[layout]\nanchor = "middle"\n')
    found = cwtui("title", "lint", "harbour", code=1).stdout
    assert "anchor" in found
    pale = path.with_stem("pale")
    pale.write_text('version = 1\n[[layers]]\nkind = "text"\ntext = "Pale"\ncolour = "#ffffff"\n')
    assert "contrast of 1.0" in cwtui("title", "lint", "pale").stdout
    assert [one["name"] for one in cwtui.json("title")["templates"] if one["own"]] == ["harbour", "pale"]


def test_a_title_is_rendered_with_alpha(cwtui: Shell, tmp_path: Path) -> None:
    movie = tmp_path / "name.mov"
    made = cwtui.json("title", "render", "lower-third", "--set", "name=Ada", *SMALL, "-o", str(movie))
    assert (made["frames"], made["width"], made["height"], made["duration"]) == (4, 160, 90, [2, 5])
    with av.open(str(movie)) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.codec_tag, stream.average_rate) == ("ap4h", 10)
        assert stream.codec_context.pix_fmt.startswith("yuva444p1")
        frames = [frame.reformat(format="rgba").to_ndarray() for frame in file.decode(video=0)]
    assert len(frames) == 4
    assert frames[2][..., 3].max() > 200
    assert not frames[2][:40, 100:, 3].any()
    assert "exists" in cwtui("title", "render", "lower-third", *SMALL, "-o", str(movie), code=2).stderr
    frame = tmp_path / "name.exr"
    assert cwtui.json("title", "render", "lower-third", *SMALL, "-o", str(frame))["frames"] == 4
    paths = sorted(tmp_path.glob("*.exr"))
    assert [path.name for path in paths] == [f"name.{number:06d}.exr" for number in range(1, 5)]
    with OpenEXR.File(str(paths[2])) as opened:
        light = opened.channels()["RGBA"].pixels.astype(np.float32)
    assert light.shape == (90, 160, 4)
    assert 0.8 < light[..., 3].max() <= 1
    assert (light[..., :3].max(axis=2) <= light[..., 3] * 1.01 + 1e-3).all()


def test_a_still_shows_a_time(cwtui: Shell, tmp_path: Path) -> None:
    for at, name in (("0.1", "begin"), ("2.5", "rest")):
        cwtui("title", "render", "title", "--size", "160x90", "--at", at, "-o", str(tmp_path / f"{name}.png"))
    begin, rest = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("begin", "rest"))
    assert begin.shape == rest.shape == (90, 160, 4)
    assert begin[..., 3].mean() < rest[..., 3].mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("title", "--set", "titel=x"), "has no field titel"),
        (("title", "--set", "title"), "sets no field"),
        (("title", "-o", "out.avi"), "has no suffix of a title"),
        (("title", "--at", "1"), "--at is for a still"),
        (("titel",), "Did you mean title?"),
        (("title", "--size", "10x10"), "is not a canvas"),
        (("title", "--for", "0"), "at least one frame"),
        (("counter", "--set", "to=many"), "is no number"),
    ],
)
def test_wrong_arguments_are_refused(cwtui: Shell, arguments: tuple[str, ...], message: str) -> None:
    assert message in cwtui("title", "render", *arguments, code=2).stderr


def test_titles_of_a_cut_are_added_moved_changed_removed_and_undone(film: Shell) -> None:
    added = film.json("title", "add", "film", "lower-third", "--at", "1", "--for", "2", "--set", "name=Ada")
    assert added["edit"]["title"] == "film: title lower-third at 1"
    (title,) = added["cut"]["titles"]
    assert (title["start"], title["length"], title["fields"]) == (30, 60, {"name": "Ada"})
    assert "design" not in str(added)
    film("title", "add", "film", "progress", "--at", "0.5")
    listed = film.json("title", "list", "film")["titles"]
    # The second one ends with the cut.
    assert [(one["template"], one["start"], one["length"]) for one in listed] == [
        ("progress", 15, 105),
        ("lower-third", 30, 60),
    ]
    film("title", "move", "film", "2", "--at", "0", "--for", "30f")
    film("title", "change", "film", "1", "--set", "name=Grace", "--refresh")
    assert film.json("title", "list", "film")["titles"][0]["fields"] == {"name": "Grace"}
    assert "Grace" in film("title", "list", "film").stdout
    assert "lower-third" in film("cut", "show").stdout
    assert len(film.json("title", "remove", "film", "1")["cut"]["titles"]) == 1
    for _ in range(4):
        film("undo")
    assert film.json("title", "list", "film")["titles"] == [title]


def test_a_still_of_the_cut_shows_its_title(film: Shell, tmp_path: Path) -> None:
    film("cut", "frame", "--at", "1.5", "--width", "160", "-o", str(tmp_path / "bare.png"))
    film("title", "add", "film", "lower-third", "--at", "1", "--for", "1")
    film("cut", "frame", "--at", "1.5", "--width", "160", "-o", str(tmp_path / "titled.png"))
    film("cut", "frame", "--at", "0.5", "--width", "160", "-o", str(tmp_path / "before.png"))
    bare, titled = (np.asarray(Image.open(tmp_path / f"{name}.png")).astype(int) for name in ("bare", "titled"))
    changed = np.abs(bare - titled).max(axis=2) > 8
    height = bare.shape[0]
    assert changed[height // 2 :].any()
    assert not changed[: height // 3].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "film", "lower-third", "--at", "9"), "cannot begin at"),
        (("add", "film", "lower-third", "--set", "name="), "is empty"),
        (("remove", "film", "1"), "has no title 1"),
        (("move", "film", "1"), "new start or length is missing"),
        (("change", "film", "1"), "change is missing"),
    ],
)
def test_wrong_edits_are_refused(film: Shell, arguments: tuple[str, ...], message: str) -> None:
    assert message in film("title", *arguments, code=2).stderr


def test_a_wipe_and_a_push_are_set(film: Shell) -> None:
    film("cut", "trim", "1", "--to", "1.5")
    film("cut", "trim", "2", "--from", "0.5")
    made = film.json("cut", "transition", "2", "--kind", "wipe", "--direction", "up", "--softness", "0.2")
    wanted = {"kind": "wipe", "before": 7, "after": 8, "direction": "up", "softness": 0.2}
    assert made["cut"]["clips"][1]["transition"] == wanted
    assert film.json("cut", "transition", "2", "--kind", "push")["cut"]["clips"][1]["transition"]["kind"] == "push"
    assert "for a wipe or a push" in film("cut", "transition", "2", "--direction", "up", code=2).stderr
    assert "for a wipe" in film("cut", "transition", "2", "--kind", "push", "--softness", "0.1", code=2).stderr
