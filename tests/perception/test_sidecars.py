"""Stored products: read back within their steps, resumed with an equal result, refused when damaged."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, EngineError
from engine.perception import (
    AnalysedTake,
    AnalysisFrame,
    DepthMap,
    PerceptionReader,
    ProviderSet,
    finished_perception,
    open_perception,
    write_perception,
)
from tests.perception.stored_products import HEIGHT, RATE, WIDTH, Known, frames_between

COUNT = 150
TAKE = AnalysedTake("water", "d1", RATE, range(COUNT), (WIDTH, HEIGHT))


def providers(model: str = "") -> ProviderSet:
    return ProviderSet(Known("person_mask", model), Known("optical_flow"), Known("depth_map"), Known("face"))


def given(first: int, stop: int) -> Generator[AnalysisFrame]:
    return frames_between(first, stop, COUNT)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "perception.json"}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("take") / "pass"
    write_perception(folder, TAKE, providers(), given, segment=24, run=2)
    return folder


def test_products_are_read_at_any_tick(stored: Path) -> None:
    known = Known("person_mask")
    with PerceptionReader(stored) as reader:
        assert reader.kinds == ("person_mask", "optical_flow", "depth_map", "face")
        assert reader.identity("person_mask") == known.identity
        for number in (149, 0, 23, 24, 77):
            (frame,) = frames_between(number, number + 1, COUNT)
            assert np.array_equal(reader.mask(number).alpha, known.mask(frame).alpha)
            assert np.array_equal(reader.mask(number).trimap, known.mask(frame).trimap)
            assert reader.mask(number).foreground is None
            depth, expected = reader.depth(number), known.depth(frame)
            assert depth.unit == "relative"
            assert np.isnan(depth.values[0, 0])
            # The depth of each run is fitted to that of the run before: half floats, not much more.
            assert np.allclose(depth.values, expected.values, atol=3e-3, equal_nan=True)
            assert reader.quality("person_mask", number).keyframe


def test_flow_is_stored_in_fractions_of_a_pixel(stored: Path) -> None:
    with PerceptionReader(stored) as reader:
        for number in (0, 47, 48, 148):
            (frame, following) = frames_between(number, number + 2, COUNT)
            expected = Known("optical_flow").flow(frame, following)
            assert np.abs(reader.flow(number).forward - expected.forward).max() <= 0.5 / 32 / HEIGHT + 1e-7
            assert np.abs(reader.flow(number).backward - expected.backward).max() <= 0.5 / 32 / HEIGHT + 1e-7
            assert reader.flow(number).validity.min() == 1
        assert reader.flow(149).validity.max() == 0, "nothing follows the last frame"


def test_faces_are_those_of_the_last_frame_in_which_they_were_looked_for(stored: Path) -> None:
    with PerceptionReader(stored) as reader:
        assert reader.faces(4) == reader.faces(3) != reader.faces(6)
        (frame,) = frames_between(6, 7, COUNT)
        for found, expected in zip(reader.faces(6), Known("face").faces(frame), strict=True):
            assert found.box == pytest.approx(expected.box)
            assert len(found.landmarks) == len(expected.landmarks)
            assert np.allclose(found.landmarks, expected.landmarks)
        assert [reader.quality("face", number).keyframe for number in range(4)] == [True, False, False, True]


def test_a_tick_that_was_not_analysed_has_no_confidence(stored: Path) -> None:
    with PerceptionReader(stored) as reader:
        assert not reader.covers("person_mask", 150)
        assert reader.quality("person_mask", 150).confidence == 0
        with pytest.raises(EngineError, match="no mask at the frame 150"):
            reader.mask(150)


def test_a_cancelled_pass_continues_and_gives_the_same_files(stored: Path, tmp_path: Path) -> None:
    for limit in (1, 60, 180):
        folder = tmp_path / str(limit)
        calls = iter(range(10_000))
        with pytest.raises(Cancelled):
            write_perception(
                folder, TAKE, providers(), given, segment=24, run=2,
                cancelled=lambda: next(calls) >= limit,  # noqa: B023
            )  # fmt: skip
        assert not finished_perception(tmp_path)
        begun: list[int] = []

        def recorded(first: int, stop: int) -> Generator[AnalysisFrame]:
            begun.append(first)  # noqa: B023
            return given(first, stop)

        write_perception(folder, TAKE, providers(), recorded, segment=24, run=2)
        assert contents(folder) == contents(stored)
        assert begun == {1: [0, 0, 36, 84], 60: [0, 36, 84], 180: [36, 84]}[limit], "finished runs are kept"
        (folder / "perception.json").unlink()


def test_another_model_starts_again(tmp_path: Path) -> None:
    folder, calls = tmp_path / "pass", iter(range(1000))
    with pytest.raises(Cancelled):
        write_perception(folder, TAKE, providers("a"), given, segment=24, run=1, cancelled=lambda: next(calls) >= 100)
    index = write_perception(folder, TAKE, providers("b"), given, segment=24, run=1)
    record = index.product("person_mask")
    assert record
    assert record.identity.model == "b"
    assert record.summary
    assert record.summary.frames == COUNT


def test_the_newest_pass_is_read_first(tmp_path: Path) -> None:
    short = AnalysedTake("water", "d1", RATE, range(10, 20), (WIDTH, HEIGHT))
    write_perception(tmp_path / "a", TAKE, ProviderSet(Known("person_mask", "old")), given)
    write_perception(tmp_path / "b", short, ProviderSet(Known("person_mask", "new"), face=Known("face")), given)
    reader = open_perception(tmp_path)
    assert reader
    with reader:
        assert reader.identity("person_mask").model == "new"
        assert reader.kinds == ("person_mask", "face")
        assert reader.covers("person_mask", 5)
        assert not reader.covers("face", 5)
        assert reader.mask(15).alpha.any()
    assert open_perception(tmp_path / "none") is None


@pytest.mark.parametrize("damage", ["cut", "missing", "foreign"])
def test_damaged_files_are_named(stored: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "pass"
    folder.mkdir()
    for name, content in contents(stored).items():
        (folder / name).write_bytes(content)
    (folder / "perception.json").write_bytes((stored / "perception.json").read_bytes())
    path = folder / "person_mask-0000024.npz"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"not an archive")
    with PerceptionReader(folder) as reader:
        assert reader.mask(0).alpha.any()
        with pytest.raises(EngineError, match=r"person_mask-0000024\.npz is missing or damaged"):
            reader.mask(30)
    (folder / "perception.json").write_text("{}")
    with pytest.raises(EngineError, match="cannot be read"):
        PerceptionReader(folder)
    assert open_perception(tmp_path) is None


def test_the_depth_of_a_run_is_fitted_to_that_of_the_run_before(tmp_path: Path) -> None:
    class Drifting(Known):
        """Each fresh track begins with a scale and a shift of its own."""

        last, restarts = -1, -1

        def depth(self, frame: AnalysisFrame) -> DepthMap:
            self.restarts += frame.number != self.last + 1 or self.last < 0
            self.last = frame.number
            return DepthMap(super().depth(frame).values * (1 + self.restarts) + self.restarts / 2, "relative")

    drifting = Drifting("depth_map")
    write_perception(tmp_path / "pass", TAKE, ProviderSet(depth=drifting), given, segment=24, run=1)
    assert drifting.restarts == 6
    with PerceptionReader(tmp_path / "pass") as reader:
        for number in range(0, COUNT, 8):
            assert np.nanmean(reader.depth(number).values) == pytest.approx(0.5, abs=0.01)


def test_frames_without_a_person_are_an_answer(tmp_path: Path) -> None:
    class Nobody(Known):
        def faces(self, frame: AnalysisFrame) -> tuple[()]:
            return ()

    write_perception(tmp_path / "pass", TAKE, ProviderSet(face=Nobody("face")), given)
    with PerceptionReader(tmp_path / "pass") as reader:
        assert reader.faces(70) == ()
        assert reader.quality("face", 70).confidence == 0
