"""Shots that a recipe leaves untouched are copied into the film, packet by packet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
import xxhash

from engine.catalog import Condition, Damage
from engine.deliver import (
    CutCondition,
    CutRequest,
    CutTake,
    Deliverable,
    Recipe,
    build_cut,
    estimate_copies,
    estimate_cut,
    load_recipe,
    read_receipt,
)
from engine.deliver.cut_copy import CopyPlan, plan_copies
from engine.deliver.movie import picture_format
from engine.deliver.receipt import EncodedPart
from engine.errors import Cancelled
from engine.ingest import inspect
from engine.isobmff.boxes import child_boxes, find_box, find_index
from engine.picture import chapters_in, picture_digest
from engine.picture.parameter_sets import ParameterSets
from engine.timeline import Clip, Cut, CutMarker, Transition, add_title
from engine.titles import load_title
from fixtures.camera_gops import NTSC, write_camera_take
from tests.permissions import DELIVER

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


def recipe_for(kind: str, **picture: object) -> Recipe:
    """A recipe that leaves takes of this codec untouched."""
    recipe = load_recipe("master-prores" if kind == "prores" else "youtube-4k")
    assert recipe.picture is not None
    wanted: dict[str, object] = {"effort": "quick", "bit_rate": {}, "copy_shots": "where-possible", **picture}
    if kind != "prores":
        wanted = {"codec": kind, "quality": 20, "copy_gop_seconds": 1.0, **wanted}
    container = recipe.container
    if kind == "h264":
        wanted["view"] = "sdr"
        container = container.model_copy(update={"edit_list": True})
    picture_recipe = recipe.picture.model_copy(update=wanted)
    return recipe.model_copy(update={"picture": picture_recipe, "sound": None, "container": container})


def order_of(takes: dict[str, CutTake], recipe: Recipe, *clips: Clip, rate: Fraction = NTSC) -> CutRequest:
    return CutRequest(Cut("film", rate, 320, 180, clips), takes, recipe)


def delivered(order: CutRequest, folder: Path, condition: Condition = WHOLE, **options: Any) -> Deliverable:
    known = CutCondition(order, dict.fromkeys(order.takes, condition), accepted=True)
    made = build_cut(DELIVER, order, folder, condition=known, **options)
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


@pytest.fixture(scope="module")
def film(takes: dict[str, CutTake], tmp_path_factory: pytest.TempPathFactory) -> tuple[CutRequest, Deliverable, Path]:
    """A film of HEVC takes: an open GOP from within, whole GOPs, and closed GOPs with B-frames. Read-only."""
    folder = tmp_path_factory.mktemp("film")
    clips = (
        Clip("1", "hevc-open", 2, 38, markers=(CutMarker(2, "First", "chapter"),)),
        Clip("2", "hevc-low-delay", 15, 30, markers=(CutMarker(15, "Second & last", "chapter"),)),
        Clip("3", "hevc", 0, 31),
    )
    order = order_of(takes, recipe_for("hevc"), *clips)
    return order, delivered(order, folder), folder


def test_copied_frames_are_those_of_the_recordings_and_every_frame_decodes(
    film: tuple[CutRequest, Deliverable, Path],
) -> None:
    order, made, folder = film
    assert check_copied(made, order, folder / "film.mp4") >= 20 + 30 + 20
    assert made.cut is not None
    assert sum(one.packets for one in made.cut.copied) + sum(one.frames for one in made.cut.encoded) == order.frames


def test_the_receipt_says_what_was_copied_and_why_the_rest_was_not(
    film: tuple[CutRequest, Deliverable, Path],
) -> None:
    _, made, folder = film
    assert read_receipt(folder).deliveries == (made,)
    assert made.cut is not None
    assert [(one.clips, one.take, one.open) for one in made.cut.copied] == [
        ((1,), "hevc-open", True),
        ((2,), "hevc-low-delay", False),
        ((3,), "hevc", False),
    ]
    first = made.cut.copied[0]
    assert (first.start, first.source_start) == (8 / NTSC, 10 / NTSC)
    assert made.cut.encoded[0] == EncodedPart(
        clip=1, take="hevc-open", frames=8, reason="before the first key frame at which decoding can start"
    )
    compared = {check.name: check.measured for check in made.checks}
    assert compared["copied packets"] == sum(one.packets for one in made.cut.copied)
    # The measured frames are those that were encoded.
    assert compared["frames as measured"] == sum(one.frames for one in made.cut.encoded)


def test_an_estimate_knows_what_is_copied_without_reading_it(film: tuple[CutRequest, Deliverable, Path]) -> None:
    order, made, _ = film
    assert made.cut is not None
    plan = estimate_copies(order, {})
    # Time stamps of reordered frames are a few frames off.
    assert abs(sum(one.packets for one in plan.copied) - sum(one.packets for one in made.cut.copied)) <= 6
    estimate = estimate_cut(order, plan=plan)
    assert estimate.copied == sum(one.duration for one in plan.copied)
    # With a constant quality, only a film of copies has a known size.
    assert estimate.bytes is None
    assert order.recipe.picture
    rated = order.recipe.picture.model_copy(update={"quality": None, "bit_rate": {"hlg": {0: (4.0, 6.0)}}})
    known = replace(order, recipe=order.recipe.model_copy(update={"picture": rated}))
    packets = sum(one.bytes for one in plan.copied)
    rest = float(known.duration - estimate.copied) * 4e6 / 8
    found = estimate_cut(known, plan=plan).bytes
    assert found is not None
    assert abs(found - packets - rest) < 1
    assert abs(packets - sum(one.bytes for one in made.cut.copied)) < 0.2 * packets


def test_the_packets_are_those_of_the_recording(film: tuple[CutRequest, Deliverable, Path]) -> None:
    order, made, folder = film
    assert made.cut is not None
    packets = packets_of(folder / "film.mp4")
    part = made.cut.copied[1]
    recorded = {xxhash.xxh3_128_digest(one) for one in packets_of(order.takes["hevc-low-delay"].footage.path)}
    start = int(part.start * order.rate)
    copies = [packet for packet in packets[start : start + part.packets] if xxhash.xxh3_128_digest(packet) in recorded]
    # Those at key frames have parameter sets before them.
    assert len(copies) == part.packets - 2


def test_times_increase_over_joins_and_the_film_begins_at_zero(film: tuple[CutRequest, Deliverable, Path]) -> None:
    order, _, folder = film
    with av.open(str(folder / "film.mp4")) as file:
        stream = file.streams.video[0]
        packets = [packet for packet in file.demux(stream) if packet.size]
        assert stream.codec_context.codec_tag == "hvc1"
        # Spaces that reserved room in the index are gone; chapters stay.
        assert not {"comment", "title", "artist"} & set(file.metadata)
    assert [one.title for one in chapters_in(folder / "film.mp4")] == ["First", "Second & last"]
    unit = packets[1].dts - packets[0].dts
    assert [packet.dts - packets[0].dts for packet in packets] == [unit * n for n in range(order.frames)]
    assert sorted(packet.pts for packet in packets) == [unit * n for n in range(order.frames)]
    assert all(packet.dts <= packet.pts for packet in packets)


@pytest.mark.parametrize("sets", ["in the packets", "in the sample entries"])
def test_players_find_parameter_sets_in_packets_or_in_sample_entries(
    film: tuple[CutRequest, Deliverable, Path], sets: str
) -> None:
    """Some players read only the first sample entry and the packets, others only the entries."""
    _, _, folder = film
    path = folder / "film.mp4"
    entries = configurations(path)
    assert len(entries) >= 3
    decoder: Any = av.CodecContext.create("hevc", "r")
    decoder.extradata = entries[0]
    decoder.options = {"err_detect": "explode"}
    found: list[bytes] = []
    with av.open(str(path)) as file:
        for packet in file.demux(video=0):
            if not packet.size:
                continue
            if sets == "in the packets":
                plain = av.Packet(bytes(packet))
            else:
                content = bytes(packet)
                for entry in entries:
                    known = ParameterSets.of("hevc", entry)
                    assert known is not None
                    content = known.remove(content)
                plain = av.Packet(content)
                if packet.has_sidedata("new_extradata"):
                    plain.set_sidedata(packet.get_sidedata("new_extradata"))
            plain.pts, plain.dts = packet.pts, packet.dts
            found += [picture_digest(frame) for frame in decoder.decode(plain)]
    found += [picture_digest(frame) for frame in decoder.decode(None)]
    assert found == pictures_of(path)


def configurations(path: Path) -> list[bytes]:
    """The decoder configuration of each sample entry of the picture track."""
    with path.open("rb") as file:
        index = find_index(file)
        assert index is not None
        table = find_box(index.read(file), "trak", "mdia", "minf", "stbl", "stsd")
    assert table is not None
    entries = [memoryview(bytes(entry))[78:] for _, entry in child_boxes(table[8:])]
    return [bytes(find_box(boxes, "hvcC") or b"") for boxes in entries]


def test_a_stopped_film_continues_with_the_same_bytes(
    film: tuple[CutRequest, Deliverable, Path], tmp_path: Path
) -> None:
    order, made, _ = film
    seen: list[int] = []
    with pytest.raises(Cancelled):
        delivered(
            order,
            tmp_path,
            work=tmp_path / "work",
            progress=lambda done, *_: seen.append(done),
            cancelled=lambda: bool(seen) and seen[-1] > 30,
        )
    again = delivered(order, tmp_path, work=tmp_path / "work")
    assert [file.sha256 for file in again.files] == [file.sha256 for file in made.files]


@pytest.mark.parametrize(
    ("names", "codec", "copied"), [(("h264", "h264-low-delay"), "h264", 80), (("prores", "prores"), "prores", 95)]
)
def test_h264_and_prores_are_copied(
    takes: dict[str, CutTake], tmp_path: Path, names: tuple[str, str], codec: str, copied: int
) -> None:
    first, second = names
    clips = (Clip("1", first, 8, 37), Clip("2", second, 15, 30), Clip("3", first, 0, 28))
    order = order_of(takes, recipe_for(codec), *clips)
    made = delivered(order, tmp_path)
    movie = next(tmp_path / file.path for file in made.files if file.role == "movie")
    assert check_copied(made, order, movie) >= copied
    if codec == "prores":
        assert made.fidelity is None


def test_frames_below_a_title_are_encoded(takes: dict[str, CutTake], tmp_path: Path) -> None:
    order = order_of(takes, recipe_for("prores"), Clip("1", "prores", 0, 60))
    template = load_title("lower-third")
    cut = add_title(order.cut, template.name, template.revision, template.design, 20, 15, {"name": "Ada"})
    made = delivered(replace(order, cut=cut), tmp_path)
    assert made.cut is not None
    assert [(part.frames, part.reason) for part in made.cut.encoded] == [(15, "a title")]
    assert sum(part.packets for part in made.cut.copied) == 45


Checker = Callable[[CutTake], Condition]


def reasons_for(order: CutRequest, condition: Condition = WHOLE, check: Checker | None = None) -> set[str]:
    """Why no frame of a film is copied; nothing is built."""
    plan = plan_for(order, condition, check)
    assert not plan.stretches
    return {one.reason for one in plan.encoded}


def plan_for(order: CutRequest, condition: Condition = WHOLE, check: Checker | None = None) -> CopyPlan:
    picture, size = order.recipe.picture, order.frame_size
    assert picture is not None
    assert size is not None
    wanted = picture_format(picture, size, order.rate, order.frames, None)
    known = CutCondition(order, dict.fromkeys(order.takes, condition), accepted=True, check=check)
    return plan_copies(order, wanted, known)


def test_takes_that_are_not_whole_are_encoded(takes: dict[str, CutTake]) -> None:
    order = order_of(takes, recipe_for("hevc"), Clip("1", "hevc", 0, 40))
    damage = Damage(kind="undecodable", media="picture", start=Fraction(1), end=Fraction(2), detail="lost")
    damaged = Condition(checked=True, damage=(damage,))
    assert reasons_for(order, damaged) == {"the recording is damaged"}
    # A take that was not checked yet is checked first.
    checked: list[str] = []

    def check(take: CutTake) -> Condition:
        checked.append(take.id)
        return damaged

    assert reasons_for(order, Condition(), check) == {"the recording is damaged"}
    assert checked == ["hevc"]
    assert plan_for(order, Condition()).stretches


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"burn_in": ("timecode",)}, "the recipe burns text into the picture"),
        ({"rendering": "aces"}, "its colours are converted"),
        ({"view": "pq"}, "its colours are converted"),
        ({"codec": "av1"}, "av1 is always encoded"),
        ({"max_rate": 15}, "one of 2 frames is shown"),
        ({"copy_gop_seconds": 0.3}, "its GOPs are up to 0.33 s long; the recipe allows 0.3 s"),
        ({"long_edge": 160, "short_edge": 90}, "320×180; the film is 160×90"),
        ({"bits": 8, "view": "sdr"}, "its colours are converted"),
    ],
)
def test_a_recipe_that_changes_the_picture_encodes_it(
    takes: dict[str, CutTake], change: dict[str, object], reason: str
) -> None:
    order = order_of(takes, recipe_for("hevc", **change), Clip("1", "hevc", 0, 40))
    assert reasons_for(order) == {reason}


def test_a_bit_rate_above_the_recipe_is_encoded(takes: dict[str, CutTake]) -> None:
    order = order_of(takes, recipe_for("hevc", bit_rate={"hlg": {0: (0.01, 0.01)}}), Clip("1", "hevc", 0, 40))
    (reason,) = reasons_for(order)
    assert reason.startswith("its bit rate is up to ")
    assert reason.endswith(" Mb/s; the recipe allows 0.01 Mb/s")


def test_frames_that_repeat_and_open_gops_of_h264_are_encoded(takes: dict[str, CutTake]) -> None:
    faster = order_of(takes, recipe_for("hevc"), Clip("1", "hevc", 0, 40), rate=Fraction(25))
    assert reasons_for(faster) == {"29.97 frames per second; the film has 25"}
    inside = order_of(takes, recipe_for("h264"), Clip("1", "h264-open", 5, 40))
    assert reasons_for(inside) == {"no key frame in it at which decoding can start"}
    short = order_of(takes, recipe_for("h264"), Clip("1", "h264-low-delay", 0, 12))
    assert reasons_for(short) == {"too short to copy, or beside too few frames to encode"}


def test_transitions_gaps_and_takes_of_another_size_are_encoded(takes: dict[str, CutTake]) -> None:
    clips = (
        Clip("1", "hevc-low-delay", 0, 34),
        Clip("2", "hevc-low-delay", 11, 40, transition=Transition("dissolve", 4, 4)),
        Clip("3", None, 0, 9),
        Clip("4", "small", 0, 20),
    )
    plan = plan_for(order_of(takes, recipe_for("hevc"), *clips))
    assert [(one.clips, one.start * NTSC, one.packets) for one in plan.copied] == [((1,), 0, 30), ((2,), 38, 36)]
    assert [(one.clip, one.take, one.frames, one.reason) for one in plan.encoded] == [
        (1, "hevc-low-delay", 4, "a transition"),
        (2, "hevc-low-delay", 4, "a transition"),
        (3, None, 9, "a gap"),
        (4, "small", 20, "160×90; the film is 320×180"),
    ]


def test_a_recipe_copies_nothing_unless_it_says_so(takes: dict[str, CutTake], tmp_path: Path) -> None:
    order = order_of(takes, recipe_for("h264", copy_shots="never"), Clip("1", "h264", 0, 20))
    made = delivered(order, tmp_path)
    assert made.cut is not None
    assert (made.cut.copied, made.cut.encoded) == ((), ())
