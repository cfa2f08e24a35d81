"""Stored products: read back within their steps, resumed with an equal result, refused when damaged."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from zipfile import ZipFile
from zlib import DEFLATED, compressobj

import numpy as np
import pytest

from engine.errors import Cancelled, EngineError
from engine.perception import (
    BACKGROUND,
    FOREGROUND,
    UNKNOWN,
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

COUNT = 48
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
    write_perception(folder, TAKE, providers(), given, segment=8, run=2)
    return folder


def test_products_are_read_at_any_tick(stored: Path) -> None:
    known = Known("person_mask")
    with PerceptionReader(stored) as reader:
        assert reader.kinds == ("person_mask", "optical_flow", "depth_map", "face")
        assert reader.identity("person_mask") == known.identity
        for number in (47, 0, 7, 8, 25):
            (frame,) = frames_between(number, number + 1, COUNT)
            assert np.abs(reader.mask(number).alpha - known.mask(frame).alpha).mean() < 0.01
            assert set(np.unique(reader.mask(number).trimap)) <= {BACKGROUND, UNKNOWN, FOREGROUND}
            assert reader.mask(number).foreground is None
            depth, expected = reader.depth(number), known.depth(frame)
            assert depth.unit == "relative"
            assert np.isnan(depth.values[0, 0])
            # The depth of each run is fitted to that of the run before.
            assert np.nanmedian(np.abs(depth.values - expected.values)) < 3e-3
            assert reader.quality("person_mask", number).confidence > 0.8


def test_flow_is_stored_in_fractions_of_a_pixel(stored: Path) -> None:
    with PerceptionReader(stored) as reader:
        for number in (0, 15, 16, 31, 46):
            (frame, following) = frames_between(number, number + 2, COUNT)
            expected = Known("optical_flow").flow(frame, following)
            assert np.abs(reader.flow(number).forward - expected.forward).max() <= 0.5 / 32 / HEIGHT + 1e-7
            assert np.abs(reader.flow(number).backward - expected.backward).max() <= 0.5 / 32 / HEIGHT + 1e-7
            assert reader.flow(number).validity.min() == 1
        assert reader.flow(47).validity.max() == 0, "nothing follows the last frame"


def test_products_are_compressed_at_the_fastest_level(stored: Path) -> None:
    with ZipFile(stored / "optical_flow-0000000.npz") as archive:
        for entry in archive.infolist():
            fastest = compressobj(1, DEFLATED, -15)
            assert entry.compress_size == len(fastest.compress(archive.read(entry)) + fastest.flush())


def test_faces_are_those_of_the_last_frame_in_which_they_were_looked_for(tmp_path: Path) -> None:
    take = replace(TAKE, rate=Fraction(30), ticks=range(12))
    write_perception(tmp_path / "pass", take, ProviderSet(face=Known("face")), given)
    with PerceptionReader(tmp_path / "pass") as reader:
        assert reader.faces(7) == reader.faces(6) != reader.faces(8)
        (frame,) = frames_between(6, 7, COUNT)
        for found, expected in zip(reader.faces(6), Known("face").faces(frame), strict=True):
            assert found.box == pytest.approx(expected.box)
            assert len(found.landmarks) == len(expected.landmarks)
            assert np.allclose(found.landmarks, expected.landmarks)
        assert [reader.quality("face", number).keyframe for number in range(4)] == [True, False, True, False]


def test_a_tick_that_was_not_analysed_has_no_confidence(stored: Path) -> None:
    with PerceptionReader(stored) as reader:
        assert not reader.covers("person_mask", 48)
        assert reader.quality("person_mask", 48).confidence == 0
        with pytest.raises(EngineError, match=r"was not analysed at 00:00:04\.80"):
            reader.mask(48)


def test_a_cancelled_pass_continues_and_gives_the_same_files(stored: Path, tmp_path: Path) -> None:
    for limit in (1, 20, 60):
        folder = tmp_path / str(limit)
        calls = iter(range(10_000))
        with pytest.raises(Cancelled):
            write_perception(
                folder, TAKE, providers(), given, segment=8, run=2,
                cancelled=lambda: next(calls) >= limit,  # noqa: B023
            )  # fmt: skip
        assert not finished_perception(tmp_path)
        begun: list[int] = []

        def recorded(first: int, stop: int) -> Generator[AnalysisFrame]:
            begun.append(first)  # noqa: B023
            return given(first, stop)

        write_perception(folder, TAKE, providers(), recorded, segment=8, run=2)
        assert contents(folder) == contents(stored)
        assert begun == {1: [0, 0, 12], 20: [0, 12], 60: [12]}[limit], "finished runs are kept"
        (folder / "perception.json").unlink()


_KILLED = """
import os, signal, sys
from pathlib import Path
from engine.perception import write_perception
from tests.perception.test_sidecars import TAKE, given, providers
calls = iter(range(1000))
def cancelled():
    if next(calls) == 30:
        os.kill(os.getpid(), signal.SIGKILL)
    return False
write_perception(Path(sys.argv[1]), TAKE, providers(), given, segment=8, run=2, cancelled=cancelled)
"""


def test_a_killed_pass_continues_and_gives_the_same_files(stored: Path, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / "pass")], cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "pass" / "quality-0000008.json").is_file(), "the first run was finished"
    write_perception(tmp_path / "pass", TAKE, providers(), given, segment=8, run=2)
    assert contents(tmp_path / "pass") == contents(stored)


def test_frames_that_end_early_are_an_error(tmp_path: Path) -> None:
    longer = replace(TAKE, ticks=range(COUNT + 4))
    with pytest.raises(EngineError, match="end at 48, before 52"):
        write_perception(tmp_path / "pass", longer, ProviderSet(face=Known("face")), given)
    assert not finished_perception(tmp_path)


def test_another_model_starts_again(tmp_path: Path) -> None:
    folder, calls = tmp_path / "pass", iter(range(1000))
    with pytest.raises(Cancelled):
        write_perception(folder, TAKE, providers("a"), given, segment=8, run=2, cancelled=lambda: next(calls) >= 20)
    index = write_perception(folder, TAKE, providers("b"), given, segment=8, run=2)
    record = index.product("person_mask")
    assert record
    assert record.identity.model == "b"
    assert record.summary
    assert record.summary.frames == COUNT


def test_the_newest_pass_is_read_first(tmp_path: Path) -> None:
    short = AnalysedTake("water", "d1", RATE, range(10, 20), (WIDTH, HEIGHT))
    flow = Known("optical_flow")
    old, new = (ProviderSet(Known("person_mask", name), flow, keep_flow=False) for name in ("old", "new"))
    write_perception(tmp_path / "a", TAKE, old, given)
    write_perception(tmp_path / "b", short, replace(new, face=Known("face")), given)
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
    path = folder / "person_mask-0000008.npz"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"not an archive")
    with PerceptionReader(folder) as reader:
        assert reader.mask(0).alpha.any()
        with pytest.raises(EngineError, match=r"person_mask-0000008\.npz is missing or damaged"):
            reader.mask(10)
    (folder / "perception.json").write_text("{}")
    with pytest.raises(EngineError, match="cannot be read"):
        PerceptionReader(folder)
    assert open_perception(tmp_path) is None


def test_the_depth_of_a_run_is_fitted_to_that_of_the_run_before(tmp_path: Path) -> None:
    class Drifting(Known):
        """Each fresh track begins with a scale and a shift of its own."""

        last, restarts = -1, -1

        def depth(self, frame: AnalysisFrame) -> DepthMap:
            self.restarts += frame.number <= self.last or self.last < 0
            self.last = frame.number
            values = super().depth(frame).values
            return DepthMap(values if self.restarts % 2 == 0 else 0.2 + 0.6 * values, "relative")

    drifting = Drifting("depth_map")
    providers = ProviderSet(flow=Known("optical_flow"), depth=drifting, keep_flow=False)
    write_perception(tmp_path / "pass", TAKE, providers, given, segment=8, run=2)
    assert drifting.restarts == 2
    with PerceptionReader(tmp_path / "pass") as reader:
        for number in range(0, COUNT, 8):
            (frame,) = frames_between(number, number + 1, COUNT)
            expected = Known("depth_map").depth(frame).values
            assert np.nanmedian(np.abs(reader.depth(number).values - expected)) < 0.01


def test_frames_without_a_person_are_an_answer(tmp_path: Path) -> None:
    class Nobody(Known):
        def faces(self, frame: AnalysisFrame) -> tuple[()]:
            return ()

    write_perception(tmp_path / "pass", TAKE, ProviderSet(face=Nobody("face")), given)
    with PerceptionReader(tmp_path / "pass") as reader:
        assert reader.faces(40) == ()
        assert reader.quality("face", 40).confidence == 0
