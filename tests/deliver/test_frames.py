"""Numbered OpenEXR frames of takes and cuts: every sample is the rendered light, and each check finds its fault."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from engine.deliver import CutRequest, Deliverable, Recipe, build_cut, build_deliverable, load_recipe, read_receipt
from engine.errors import Cancelled, FileInTheWayError
from engine.export import write_receipt_page
from engine.picture import PictureSource, Pipeline, read_exr
from engine.timeline import Clip, Cut, CutLayers, Transition
from tests.deliver.flash_films import flash_takes
from tests.deliver.test_build import make_request
from tests.permissions import DELIVER


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return load_recipe("exr-sequence")


@pytest.fixture(scope="module")
def delivered(small_take: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Deliverable, Path]:
    """Frames 9 to 12 of the small take, and their folder. Read-only."""
    folder = tmp_path_factory.mktemp("exr")
    order = make_request(small_take, "exr-sequence", start=Fraction(3, 10), end=Fraction(13, 30))
    return build_deliverable(DELIVER, order, folder, source_digest="5eed"), folder


def test_frames_have_the_light_of_the_take_and_say_where_it_comes_from(
    delivered: tuple[Deliverable, Path], small_take: Path
) -> None:
    made, folder = delivered
    assert [check.name for check in made.checks if not check.passed] == []
    names = [f"IMG_0101.{number:07d}.exr" for number in range(9, 13)]
    assert sorted(path.name for path in (folder / "IMG_0101").iterdir()) == names
    footage = make_request(small_take, "exr-sequence").footage
    assert footage.probe.picture
    assert footage.probe.picture.input_transform
    assert footage.grid
    pipeline = Pipeline(footage.probe.picture, footage.probe.picture.input_transform)
    with PictureSource(footage.path, footage.probe.picture) as source:
        light = pipeline.linear(source.planes_at(footage.grid.pts_at(10)))
    frame = folder / "IMG_0101" / names[1]
    assert (read_exr(frame).pixels == light).all()
    with OpenEXR.File(str(frame), header_only=True) as file:
        header = dict(file.header())
    assert header["cleanwater:tick"] == "10"
    assert header["cleanwater:time"] == "1/3"
    assert header["cleanwater:sourceDigest"] == "xxh128:5eed"
    assert header["chromaticities"] == pytest.approx((0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767))


def test_the_receipt_has_one_digest_of_all_frames(delivered: tuple[Deliverable, Path]) -> None:
    made, folder = delivered
    sequence = made.sequence
    assert sequence
    assert (sequence.first, sequence.frames, sequence.pattern) == (9, 4, "IMG_0101.#######.exr")
    files = sorted((folder / sequence.folder).iterdir())
    lines = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    assert sequence.digest == hashlib.sha256(lines.encode()).hexdigest()
    assert sequence.bytes == sum(path.stat().st_size for path in files)
    assert [(file.path, file.role) for file in made.files] == [("IMG_0101.frames.jsonl", "frames")]
    assert read_receipt(folder).deliveries == (made,)


def test_a_receipt_as_a_page_shows_frames(delivered: tuple[Deliverable, Path], tmp_path: Path) -> None:
    page = write_receipt_page(delivered[1], tmp_path / "receipt.html").read_text()
    assert page.count("<img src=") >= 3
    assert "4 of 320×180" in page


def test_a_stopped_sequence_continues_and_other_files_are_not_replaced(small_take: Path, tmp_path: Path) -> None:
    order = make_request(small_take, "exr-sequence", end=Fraction(1, 3))
    work, folder = tmp_path / "work", tmp_path / "made"
    asked: list[int] = []
    with pytest.raises(Cancelled):
        build_deliverable(
            DELIVER,
            order,
            folder,
            work=work,
            progress=lambda done, *_: asked.append(done),
            cancelled=lambda: 8 in asked,
        )
    frames = sorted((folder / "IMG_0101").glob("[!.]*.exr"))
    before = [path.stat().st_mtime_ns for path in frames[:8]]
    made = build_deliverable(DELIVER, order, folder, work=work)
    assert made.passed
    assert [path.stat().st_mtime_ns for path in frames[:8]] == before
    # A shorter stretch later removes the frames of the first one, but not a frame of another program.
    short = replace(order, end=Fraction(1, 15))
    assert build_deliverable(DELIVER, short, folder).passed
    assert len(list((folder / "IMG_0101").iterdir())) == 2
    (folder / "IMG_0101" / "comp.0001.exr").write_bytes(b"theirs")
    with pytest.raises(FileInTheWayError, match="not a frame of this delivery"):
        build_deliverable(DELIVER, short, folder)
    (folder / "IMG_0101" / "comp.0001.exr").unlink()
    frame = min((folder / "IMG_0101").glob("[!.]*.exr"))
    frame.write_bytes(frame.read_bytes()[:-1] + b"x")
    with pytest.raises(FileInTheWayError, match="has changed since it was delivered"):
        build_deliverable(DELIVER, short, folder)


def test_a_dissolve_is_mixed_in_scene_linear_light(recipe: Recipe, tmp_path: Path) -> None:
    takes = flash_takes(tmp_path, (Fraction(25), Fraction(25)))
    clips = (Clip("1", "0", 10, 6), Clip("2", "1", 30, 6, transition=Transition("dissolve", 2, 2)))
    cut = Cut("film", Fraction(25), 96, 54, clips)
    made = build_cut(DELIVER, CutRequest(cut, takes, recipe), tmp_path / "made")
    assert [check.name for check in made.checks if not check.passed] == []
    assert made.sequence
    assert (made.sequence.frames, made.sequence.width, made.sequence.height) == (12, 96, 54)

    def frame(number: int) -> OpenEXR.File:
        return OpenEXR.File(str(tmp_path / "made" / "film" / f"film.{number:07d}.exr"))

    wanted = np.zeros((54, 96, 3), np.float32)
    layers = CutLayers(cut).at(5)
    assert [one.share for one in layers] == pytest.approx([0.6, 0.4], abs=0.1)
    for one in layers:
        take, tick = cut.clips[one.clip].take, one.tick
        assert take
        source = takes[take].footage
        assert source.probe.picture
        assert source.probe.picture.input_transform
        assert source.grid
        pipeline = Pipeline(source.probe.picture, source.probe.picture.input_transform)
        with PictureSource(source.path, source.probe.picture) as opened:
            wanted += one.share * pipeline.linear(opened.planes_at(source.grid.pts_at(tick)))
    with frame(5) as mixed:
        assert np.allclose(mixed.channels()["RGB"].pixels.astype(np.float32), wanted, rtol=2e-3, atol=1e-3)
        assert "cleanwater:take" not in mixed.header()
    with frame(0) as single:
        assert single.header()["cleanwater:take"] == "IMG_0"
        assert single.header()["cleanwater:cut"] == "film"
