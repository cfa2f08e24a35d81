"""Flights through science pictures: light of stars, parallax, bytes, resuming, errors."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.effects import Shutter
from engine.errors import Cancelled, RequestError
from engine.keyframes import KeyframeModel
from engine.looks import load_look
from engine.picture import exr_info, read_exr
from engine.render import open_device
from engine.science import FlightPath, TrailerSettings, default_path, flight_scene, make_trailer, read_path
from engine.science.exr_parts import ExrPart, write_parts
from engine.science.flight_camera import FlightCamera
from engine.science.flight_renderer import FlightRenderer
from engine.science.flight_scene import FlightScene, read_scene
from engine.science.star_table import Star, write_stars
from tests.permissions import EXPORT
from tests.science.skies import star

SIZE = (64, 36)
STILL = FlightPath()
RATE = Fraction(24)


@pytest.fixture
def color(tmp_path: Path) -> Path:
    """A cloud and two stars, of which the first has three times the flux."""
    rows, columns = np.mgrid[0:36, 0:64].astype(np.float32)
    cloud = 0.2 * np.exp(-((columns - 30) ** 2 + (rows - 18) ** 2) / 200)
    light = cloud + 6 * star((36, 64), 12, 9) + 2 * star((36, 64), 50, 25)
    half = light.astype(np.float16)
    density = (light / light.mean()).astype(np.float32)
    path = tmp_path / "sky.color.exr"
    parts = [
        ExrPart("color", {"R": half, "G": half, "B": half, "A": np.ones_like(half)}, {}),
        ExrPart("density", {"Y": density}, {}),
    ]
    write_parts(path, parts, tmp_path)
    return path


@pytest.fixture
def stars(tmp_path: Path) -> Path:
    path = tmp_path / "sky.stars.csv"
    found = [Star(12, 26, None, None, 2.2, (300.0,)), Star(50, 10, None, None, 2.2, (100.0,))]
    write_stars(path, found, ["K"])
    return path


def settings(frames: int, **others: object) -> TrailerSettings:
    values = {"camera": default_path(Fraction(2)), "frames": frames, "width": SIZE[0], "height": SIZE[1]}
    return TrailerSettings.model_validate({**values, "shutter": Shutter(final=2), **others})


def rendered(scene: FlightScene, path: FlightPath, angle: float = 0, number: int = 0) -> NDArray[np.float32]:
    shutter = Shutter(angle=angle, final=2)
    camera = FlightCamera(path)
    with (
        FlightRenderer(open_device(), scene, camera, SIZE, RATE, shutter, 1) as renderer,
        renderer.render(number) as light,
    ):
        (pixels,) = open_device().fetch([light]).result()
    picture: NDArray[np.float32] = pixels[..., :3].astype(np.float32)
    return picture


def a_scene(*places: tuple[float, float, float]) -> FlightScene:
    """Stars of the light 2 in darkness."""
    table = [(x * (2 - z) / 2, y * (2 - z) / 2, z, 2 - z, 2, 2, 2, 0) for x, y, z in places]
    dark = np.zeros((36, 64, 4), np.float32)
    return FlightScene(dark, (16 / 9, 1.0), np.array(table, np.float32).reshape(-1, 8), 36.0)


def keys(*values: tuple[int, float]) -> tuple[KeyframeModel, ...]:
    return tuple(KeyframeModel(time=Fraction(time), value=value) for time, value in values)


@pytest.mark.parametrize("angle", [0, 360])
def test_the_pixels_of_a_star_add_up_to_its_light(angle: float) -> None:
    scene = a_scene((0.3, 0.2, 0.4))
    moving = FlightPath(x=keys((-1, -6), (1, 6)), target_x=keys((-1, -6), (1, 6)))

    assert rendered(scene, moving, angle)[..., 1].sum() == pytest.approx(2, rel=0.01)
    # Twice as near, it has four times the light.
    near = FlightPath(x=keys((0, 0.3 * 0.8)), y=keys((0, 0.16)), z=keys((0, 1.2)), target_x=keys((0, 0.24)))
    near = near.model_copy(update={"target_y": keys((0, 0.16))})
    assert rendered(scene, near)[..., 1].sum() == pytest.approx(8, rel=0.01)


def test_a_nearer_star_moves_more_than_a_far_one() -> None:
    aside = FlightPath(x=keys((0, 0.2)), target_x=keys((0, 0.2)))

    def moved(z: float) -> float:
        before, after = (rendered(a_scene((0, 0, z)), path)[..., 1] for path in (STILL, aside))
        columns = np.arange(SIZE[0])
        return float((before.sum(0) - after.sum(0)) @ columns / 2)

    near, far = moved(0.8), moved(-0.8)
    # In pixels: the way, times the focal length, by the distance, in half heights of 18 pixels.
    assert near == pytest.approx(0.2 * 2 / 1.2 * 18, abs=0.1)
    assert far == pytest.approx(0.2 * 2 / 2.8 * 18, abs=0.1)


def test_the_volume_looks_like_the_picture_from_the_reference_and_changes_aside(color: Path) -> None:
    scene = read_scene(color, None, 16 / 9, 1)
    dark = replace(scene, stars=np.zeros((0, 8), np.float32))

    front = rendered(dark, STILL)
    aside = rendered(dark, FlightPath(x=keys((0, 0.4))))

    # Without a table, nothing is taken from the picture.
    cloud = np.s_[4:32, 20:44]
    assert front[cloud] == pytest.approx(scene.base[..., :3][cloud], abs=0.01)
    assert front.sum() == pytest.approx(scene.base[..., :3].sum(), rel=0.02)
    assert np.abs(aside - front).max() > 0.01


def test_volume_and_stars_share_the_light_of_the_picture(color: Path, stars: Path) -> None:
    whole = read_scene(color, None, 16 / 9, 1).base[..., 1].sum()

    scene = read_scene(color, stars, 16 / 9, 1)

    first, second = scene.stars[:2, 5]
    assert first == pytest.approx(3 * second, rel=1e-3)
    assert scene.base[..., 1].sum() + scene.stars[:, 5].sum() == pytest.approx(whole, rel=0.01)
    assert np.array_equal(scene.stars, read_scene(color, stars, 16 / 9, 1).stars)
    assert not np.array_equal(scene.stars[:, 2], read_scene(color, stars, 16 / 9, 2).stars[:, 2])


def test_a_trailer_has_the_same_bytes_twice(color: Path, stars: Path, tmp_path: Path) -> None:
    first, second = (
        make_trailer(EXPORT, color, stars, tmp_path / name, "sky", settings(5), work=tmp_path / f"{name}-work")
        for name in ("a", "b")
    )

    assert first.movie.read_bytes() == second.movie.read_bytes()
    assert first.sheet.read_bytes() == second.sheet.read_bytes()
    assert not list((tmp_path / "a-work").iterdir())


def test_a_cancelled_trailer_resumes_after_its_last_chunk(color: Path, stars: Path, tmp_path: Path) -> None:
    wanted, work, seen = settings(32, rate=Fraction(4)), tmp_path / "work", list[int]()

    with pytest.raises(Cancelled):
        make_trailer(EXPORT, color, stars, tmp_path, "sky", wanted,
            work=work, progress=seen.append, cancelled=lambda: len(seen) == 20,
        )  # fmt: skip
    assert not (tmp_path / "sky.trailer.mp4").exists()
    kept = shutil.copytree(work, tmp_path / "kept")
    seen.clear()
    resumed = make_trailer(EXPORT, color, stars, tmp_path, "sky", wanted, work=work, progress=seen.append)

    assert len(list(kept.iterdir())) == 1
    assert len(seen) < 20
    assert seen[-1] == 32
    whole = make_trailer(EXPORT, color, stars, tmp_path / "again", "sky", wanted, work=tmp_path / "other")
    assert resumed.movie.read_bytes() == whole.movie.read_bytes()


def test_frames_are_scene_linear_and_resume(color: Path, stars: Path, tmp_path: Path) -> None:
    wanted, work, seen = settings(4, format="exr"), tmp_path / "work", list[int]()
    work.mkdir()

    with pytest.raises(Cancelled):
        make_trailer(EXPORT, color, stars, tmp_path, "sky", wanted,
            work=work, progress=seen.append, cancelled=lambda: len(seen) == 2,
        )  # fmt: skip
    assert not (tmp_path / "sky.trailer").exists()
    kept = {path: path.stat().st_mtime_ns for path in sorted((work / "frames").iterdir())}
    made = make_trailer(EXPORT, color, stars, tmp_path, "sky", wanted, work=work)

    frames = sorted(made.movie.iterdir())
    assert [path.name for path in frames] == [f"sky.{number:05d}.exr" for number in range(1, 5)]
    assert [path.stat().st_mtime_ns for path in frames[:2]] == list(kept.values())
    first = read_exr(frames[0])
    assert (first.pixels.shape, exr_info(frames[0]).frame_rate) == ((36, 64, 3), RATE)
    scene = read_scene(color, stars, 16 / 9, wanted.seed)
    assert np.array_equal(first.pixels, rendered(scene, wanted.camera, 180))


def test_a_look_changes_the_movie(color: Path, stars: Path, tmp_path: Path) -> None:
    movies = [
        make_trailer(EXPORT, color, stars, tmp_path / str(number), "sky", settings(1), work=tmp_path / "w", look=look)
        for number, look in enumerate((None, load_look("monochrome", tmp_path)))
    ]

    assert movies[0].movie.read_bytes() != movies[1].movie.read_bytes()
    with Image.open(movies[1].sheet) as sheet:
        frame = np.asarray(sheet.convert("RGB"))[50:80, 20:70].astype(int)
    assert np.ptp(frame, axis=-1).max() <= 3


def test_a_large_picture_is_read_reduced(color: Path, stars: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_scene(color, stars, 16 / 9, 1)
    monkeypatch.setattr(flight_scene, "_MOST_PIXELS", 32)

    reduced = read_scene(color, stars, 16 / 9, 1)

    assert (whole.rows, reduced.rows) == (36, 18)
    assert reduced.base.shape == (18, 32, 4)
    # A frame of one height shows the same light: pixels are four times as large, and so is their light.
    total = [scene.stars[:, 5].sum() / scene.rows**2 + scene.base[..., 1].mean() for scene in (whole, reduced)]
    assert total[1] == pytest.approx(total[0], rel=0.02)
    assert reduced.stars[:2, :2] * reduced.stars[:2, 3:4] == pytest.approx(
        whole.stars[:2, :2] * whole.stars[:2, 3:4], abs=2
    )


def test_a_picture_without_stars_has_a_trailer(color: Path, tmp_path: Path) -> None:
    empty = tmp_path / "none.csv"
    write_stars(empty, [], ["K"])

    for table in (None, empty):
        made = make_trailer(
            EXPORT, color, table, tmp_path, "dark", settings(1, format="prores"), work=tmp_path / "work"
        )
        assert made.movie.name == "dark.trailer.mov"
        assert made.stars == 0


def test_wrong_files_are_refused(color: Path, stars: Path, tmp_path: Path) -> None:
    camera = tmp_path / "camera.toml"
    camera.write_text('[[z]]\ntime = "0"\nvalue = "near"\nspeed = 3\n')
    with pytest.raises(RequestError, match=r"camera\.toml is not a valid camera path.*"):
        read_path(camera)
    camera.write_text('[[z]]\ntime = "0"\nvalue = 2\n[[z]]\ntime = "0"\nvalue = 1\n')
    with pytest.raises(RequestError, match="The curve z of the camera is wrong"):
        read_path(camera)
    with pytest.raises(RequestError, match="the camera is at its target"):
        FlightCamera(FlightPath(z=keys((0, 0)))).at(Fraction(0))
    with pytest.raises(RequestError, match="is not a table of stars"):
        read_scene(color, color, 16 / 9, 1)
    with pytest.raises(RequestError, match="cannot be read"):
        read_scene(stars, None, 16 / 9, 1)
