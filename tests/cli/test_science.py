"""cwtui science: inspect, composite, replay, trailer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.shell import Shell
from tests.science.skies import square_grid, star, write_band


@pytest.fixture
def bands(tmp_path: Path) -> list[Path]:
    light = 5 + 400 * star((64, 64), 30, 31) + np.random.default_rng(1).normal(0, 0.05, (64, 64))
    return [write_band(tmp_path / f"{name}.fits", light, square_grid(64), name) for name in ("F770W", "F1130W")]


def test_bands_are_listed_with_their_place_in_the_sky(cwtui: Shell, bands: list[Path]) -> None:
    first, second = cwtui.json("science", "inspect", *map(str, bands))

    assert (first["band"], first["unit"], first["wavelength_um"]) == ("F770W", "MJy/sr", 7.7)
    assert first["centre_deg"] == pytest.approx([83.8, -5.4], abs=1e-6)
    assert first["pixel_scale_arcsec"] == pytest.approx(0.11)
    assert "F1130W" in cwtui("science", "inspect", str(bands[1])).stdout
    assert second["covered"] == 1.0


def test_observations_are_takes_by_target(cwtui: Shell, bands: list[Path]) -> None:
    cwtui.import_takes(*bands)

    listed = cwtui.json("science", "observations")["observations"]

    assert [(one["number"], one["target"], one["bands"][0]["name"]) for one in listed] == [
        (1, "TEST", "F770W"), (2, "TEST", "F1130W"),
    ]  # fmt: skip
    shown = cwtui("science", "observations").stdout
    assert "TEST\n" in shown
    assert "001  F770W  64×64 · MJy/sr · 7.7 µm · 100% covered · 83.80000 -5.40000 · 7.04″ × 7.04″" in shown
    assert [one["band"] for one in cwtui.json("science", "inspect", "1", "2")] == ["F770W", "F1130W"]
    assert "F770W 64×64" in cwtui("takes").stdout
    assert "64×64 · MJy/sr" in cwtui("probe", "1").stdout
    assert "is a telescope's observation" in cwtui("clean", "1", code=2).stderr
    assert "no frames and no sound" in cwtui("listen", "1", code=2).stderr


def test_a_picture_is_made_once_and_can_be_replayed(cwtui: Shell, bands: list[Path], tmp_path: Path) -> None:
    cwtui("new", "Sky")

    made = cwtui.json("science", "composite", *map(str, bands))

    files = [Path(path) for path in made["files"]]
    assert [path.name for path in files] == [
        f"test.{end}" for end in ("bands.exr", "color.exr", "png", "stars.csv", "steps.png")
    ]
    assert all(path.parent.name == "science" for path in files)
    assert cwtui.json("science", "composite", *map(str, bands)) == made
    density = Path(cwtui.json("science", "density", str(files[1]), "--palette", "ice")["file"])
    with Image.open(density) as shown:
        assert shown.size == (made["record"]["width"], made["record"]["height"])
    assert density.name == "test.density.png"
    again = cwtui.json("science", "replay", str(files[1]), "--sources", str(tmp_path), "-o", str(tmp_path / "again"))
    assert set(again["same_bytes"].values()) == {True}
    flight = ["science", "trailer", str(files[1]), "--seconds", "0.1", "--size", "64x36", "--subframes", "1"]
    trailer = cwtui.json(*flight)
    assert [Path(path).name for path in trailer["files"]] == ["test.trailer.mp4", "test.trailer.png"]
    assert (trailer["frames"], all(Path(path).is_file() for path in trailer["files"])) == (2, True)
    assert trailer["stars"] > 0
    assert cwtui.json(*flight) == trailer


@pytest.mark.slow
def test_a_trailer_is_delivered_by_a_recipe(cwtui: Shell, bands: list[Path]) -> None:
    cwtui("new", "Sky")
    made = cwtui.json("science", "composite", *map(str, bands))

    trailer = cwtui.json(
        "science", "trailer", made["files"][1], "--seconds", "0.25", "--size", "128x72", "--recipe", "master-prores"
    )

    assert trailer["frames"] == 6
    receipt = Path(trailer["delivery"]["receipt"])
    assert (receipt.parent / "test.trailer.mov").is_file()


def test_wrong_files_and_recipes_are_refused(cwtui: Shell, bands: list[Path], tmp_path: Path) -> None:
    cwtui("new", "Sky")
    (tmp_path / "note.txt").write_text("no bands")

    assert "is not a FITS, ASDF, TIFF" in cwtui("science", "inspect", str(tmp_path / "note.txt"), code=2).stderr
    unknown = cwtui("science", "composite", str(bands[0]), "--recipe", "naturl", code=2).stderr
    assert "There is no science recipe “naturl”" in unknown
    assert "natural" in unknown
    needs = cwtui("science", "composite", str(bands[0]), "--recipe", "miri-carina", code=2).stderr
    assert "The recipe needs “F1130W”" in needs
    assert "cannot have the size “65x36”" in cwtui("science", "trailer", "a.exr", "--size", "65x36", code=2).stderr
    assert "a.exr does not exist" in cwtui("science", "trailer", "a.exr", code=2).stderr
    with_look = ["science", "trailer", "a.exr", "--look", "monochrome"]
    assert "--recipe cannot be combined" in cwtui(*with_look, "--recipe", "web-av1", code=2).stderr
    assert "have no look" in cwtui(*with_look, "--format", "exr", code=2).stderr
    assert {one["name"] for one in cwtui.json("science", "recipes")} >= {"miri-carina", "natural", "nircam-six"}
