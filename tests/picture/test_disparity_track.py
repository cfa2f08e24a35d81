"""The disparity track of a Cinematic clip is found and read without macOS."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError
from engine.ingest import inspect
from engine.isobmff import disparity_track
from engine.picture import DisparityMovie
from engine.picture.depth_range import depth_range
from fixtures import cinematic, clips

FRAMES = 12


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cinematic.take(tmp_path_factory.mktemp("cinematic") / "IMG_0007.MOV", codes())


def codes() -> list[np.ndarray]:
    """A ramp, and a near column that moves."""
    pictures = [np.tile(np.linspace(0, 200, 96).astype(np.uint8), (54, 1)) for _ in range(FRAMES)]
    for number, picture in enumerate(pictures):
        picture[:, 8 * number : 8 * number + 8] = 250
    return pictures


def test_the_track_is_read_with_its_declared_range(take: Path) -> None:
    found = list(DisparityMovie(take).pictures())
    assert [one.time for one in found] == [Fraction(n, 30) for n in range(FRAMES)]
    for one, code in zip(found, codes(), strict=True):
        assert np.abs(one.values - (0.25 + 1.75 * code / 255)).mean() < 0.01


def test_reading_starts_at_a_key_picture(take: Path) -> None:
    first = next(DisparityMovie(take).pictures(Fraction(11, 30)))
    assert first.time == Fraction(10, 30)
    assert np.abs(first.values - (0.25 + 1.75 * codes()[10] / 255)).mean() < 0.01


def test_the_probe_says_that_a_take_has_depth(take: Path) -> None:
    probe = inspect(take).probe
    assert probe.depth_track is not None
    assert probe.picture is not None
    assert probe.picture.frames == FRAMES
    assert any(note.startswith("depth from the phone") for note in probe.notes)


def test_the_probe_says_that_depth_was_lost_on_the_way(tmp_path: Path) -> None:
    probe = inspect(cinematic.flattened(tmp_path / "IMG_0008.MOV")).probe
    assert probe.depth_track is None
    assert any("without its depth" in note and "All Photos Data" in note for note in probe.notes)


def test_a_track_without_a_range_needs_a_mac(tmp_path: Path) -> None:
    path = cinematic.take(tmp_path / "IMG_0009.MOV", codes()[:3], span=None)
    with pytest.raises(EngineError, match="no declared range") as raised:
        DisparityMovie(path)
    assert "A Mac reads it" in raised.value.hint


def test_other_files_have_no_disparity(tmp_path: Path) -> None:
    path = clips.plain_take(tmp_path / "IMG_0010.MOV", seconds=Fraction(1, 30))
    assert disparity_track(path) is None
    with pytest.raises(EngineError, match="no disparity track"):
        DisparityMovie(path)


def test_the_range_of_a_published_depth_picture() -> None:
    # The message in Apple's own HEIC sample, which gpac's users published.
    unit = bytes.fromhex("4E01B109351F7B760103C7A02080")
    found = depth_range([unit])
    assert found is not None
    assert (found.far, found.near) == pytest.approx((1.4326, 2.2383), abs=1e-4)


@pytest.mark.parametrize("span", [(0.25, 2.0), (0.001, 31.5)])
def test_a_range_survives(span: tuple[float, float]) -> None:
    found = depth_range([cinematic.depth_message(*span)])
    assert found is not None
    assert (found.far, found.near) == pytest.approx(span, rel=2e-5)


@pytest.mark.parametrize("message", ["4E01B10135", "4E01B10980000000000000000080", "4E01B1021000"])
def test_a_message_that_is_no_range_is_an_error(message: str) -> None:
    with pytest.raises(ValueError, match=r"depth of kind|breaks off|no code"):
        depth_range([bytes.fromhex(message)])
