"""Shots that a recipe leaves untouched are copied into the film, packet by packet."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
import xxhash

from engine.catalog import Condition, Damage
from engine.deliver import CutCondition, CutRequest, CutTake, Deliverable, Recipe, build_cut, load_recipe, read_receipt
from engine.errors import Cancelled
from engine.ingest import inspect
from engine.isobmff.boxes import child_boxes, find_box, find_index
from engine.picture import picture_digest
from engine.picture.parameter_sets import ParameterSets
from engine.timeline import Clip, Cut, Transition
from fixtures.camera_gops import NTSC, write_camera_take

WHOLE = Condition(checked=True)

# Of each take: the frames of its film, and what is copied of them.
KINDS = {
    "h264": {"codec": "h264"},
    "h264-open": {"codec": "h264", "open_gop": True},
    "hevc": {"codec": "hevc", "b_frames": 3},
    "hevc-open": {"codec": "hevc", "open_gop": True, "b_frames": 3},
    "hevc-low-delay": {"codec": "hevc", "b_frames": 0, "gop": 15},
    "h264-low-delay": {"codec": "h264", "b_frames": 0, "gop": 15},
    "prores": {"codec": "prores"},
}


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CutTake]:
    """Takes of 60 frames, and one of another size. Read-only."""
    folder = tmp_path_factory.mktemp("camera")
    made = {}
    for number, (name, kind) in enumerate(KINDS.items()):
        made[name] = take_at(write_camera_take(folder / f"{name}.mov", frames=60, seed=number, **kind), name)  # type: ignore[arg-type]
    small = write_camera_take(folder / "small.mov", "hevc", 20, size=(160, 90))
    made["small"] = take_at(small, "small")
    return made


def take_at(path: Path, name: str) -> CutTake:
    footage = inspect(path)
    assert footage.probe.picture is not None
    return CutTake(name, footage.name, footage, name, footage.probe.picture.input_transform)


def recipe_for(codec: str, **picture: object) -> Recipe:
    """A recipe that leaves takes of this codec untouched."""
    recipe = load_recipe("master-prores" if codec == "prores" else "youtube-4k")
    assert recipe.picture is not None
    wanted: dict[str, object] = {"effort": "quick", "bit_rate": {}, "copy_shots": "where-possible", **picture}
    if codec != "prores":
        wanted = {"codec": codec, "quality": 20, "copy_gop_seconds": 1.0, **wanted}
    if codec == "h264":
        wanted["view"] = "sdr"
    return recipe.model_copy(update={"picture": recipe.picture.model_copy(update=wanted), "sound": None})


def order_of(takes: dict[str, CutTake], recipe: Recipe, *clips: Clip, rate: Fraction = NTSC) -> CutRequest:
    return CutRequest(Cut("film", rate, 320, 180, clips), takes, recipe)


def delivered(order: CutRequest, folder: Path, condition: Condition = WHOLE, **options: Any) -> Deliverable:
    known = CutCondition(order, dict.fromkeys(order.takes, condition), accepted=True)
    made = build_cut(order, folder, condition=known, **options)
    assert [(check.name, check.measured) for check in made.checks if check.failed] == []
    return made


def packets_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


def pictures_of(path: Path) -> list[bytes]:
    """The digest of each decoded frame, in the order of the decoder."""
    with av.open(str(path)) as file:
        file.streams.video[0].codec_context.options = {"err_detect": "explode"}
        return [picture_digest(frame) for frame in file.decode(video=0)]


def check_copied(made: Deliverable, order: CutRequest, movie: Path) -> int:
    """Compares the copied frames of a film with those of the takes, by a decoder. Returns their number."""
    film = pictures_of(movie)
    assert len(film) == order.frames
    assert made.cut is not None
    compared = 0
    for part in made.cut.copied:
        take = next(one for one in order.takes.values() if one.label == part.take)
        recorded = pictures_of(take.footage.path)
        first, source = int(part.start * order.rate), round(part.source_start * order.rate)
        for number in range(part.packets):
            assert film[first + number] == recorded[source + number], (part, number)
            compared += 1
    return compared


@pytest.mark.parametrize(
    ("names", "codec", "copied"),
    [
        (("hevc", "hevc-low-delay"), "hevc", 62),
        (("hevc-open", "hevc"), "hevc", 60),
        (("h264", "h264-low-delay"), "h264", 62),
        (("prores", "prores"), "prores", 75),
    ],
)
def test_untouched_shots_are_copied_and_decode_across_joins(
    takes: dict[str, CutTake], tmp_path: Path, names: tuple[str, str], codec: str, copied: int
) -> None:
    first, second = names
    # From within a GOP to within another; both edges of the middle clip; from the first frame.
    clips = (Clip("1", first, 4, 25), Clip("2", second, 15, 30), Clip("3", first, 0, 20))
    order = order_of(takes, recipe_for(codec), *clips)
    made = delivered(order, tmp_path)
    movie = next(tmp_path / file.path for file in made.files if file.role == "movie")
    assert check_copied(made, order, movie) >= copied
    assert made.cut is not None
    assert sum(one.packets for one in made.cut.copied) + sum(one.frames for one in made.cut.encoded) == order.frames
    # Same bytes twice.
    again = delivered(order, tmp_path / "again")
    assert [file.sha256 for file in again.files] == [file.sha256 for file in made.files]
