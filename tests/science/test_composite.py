"""From bands to colour: levels, curves, chromaticity, coverage, and the files of a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Cancelled, RequestError
from engine.picture import read_exr
from engine.science import ScienceRecipe, load_science_recipe, make_product, replay, science_recipes
from engine.science.align import align, common_grid
from engine.science.composite import choose_bands, composite_rows, display_color, prepare
from engine.science.levels import stretched
from engine.science.recipe import parse_science_recipe
from engine.science.registration import measure_shift
from tests.permissions import EXPORT

from .skies import band, square_grid, star, write_band

LUMINANCE = np.array([0.2722287, 0.6740818, 0.0536895])


def sky(side: int = 96, seed: int = 1) -> np.ndarray:
    """A nebula with stars above a sky of 10."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side]
    light = 10 + 4 * np.exp(-((rows - side / 2) ** 2 + (columns - side / 3) ** 2) / (2 * (side / 5) ** 2))
    for x, y in generator.uniform(12, side - 12, (9, 2)):
        light = light + star((side, side), x, y) * generator.uniform(80, 900)
    return (light + generator.normal(0, 0.02, light.shape)).astype(np.float32)


@given(
    st.sampled_from(["asinh", "log", "sqrt", "power", "linear"]),
    st.floats(0.01, 2),
    st.lists(st.floats(-3, 50), min_size=2, max_size=20),
)
def test_curves_pass_through_0_and_1_are_odd_and_never_fall(curve: str, softness: float, values: list[float]) -> None:
    given_values = np.array([0.0, 1.0, *sorted(values)], np.float32)

    made = stretched(given_values, curve, softness)

    np.testing.assert_allclose(made[:2], [0, 1], atol=1e-5)
    np.testing.assert_allclose(stretched(-given_values, curve, softness), -made, rtol=1e-5)
    assert (np.diff(made[2:]) >= -1e-6).all()


def composite(bands: list, recipe: ScienceRecipe, scratch: Path) -> np.ndarray:
    chosen = choose_bands([(one.name, one.wavelength) for one in bands], recipe)
    aligned = align(bands, common_grid(bands), scratch, refine=False)
    prepared = prepare(aligned, [settings for _, settings in chosen], recipe)
    return np.concatenate([rows.color for rows in composite_rows(prepared, recipe)])


def test_bright_stars_keep_their_colour_and_are_not_clipped(tmp_path: Path) -> None:
    grid = square_grid(64)
    faint = star((64, 64), 20, 20) * 50 + star((64, 64), 44, 44) * 5000 + 1
    bands = [band(faint * share, grid, name=name) for name, share in (("F770W", 1.0), ("F1130W", 2.0), ("F1280W", 4.0))]
    recipe = parse_science_recipe(
        """
        [[bands]]
        filter = "F770W"
        color = "#4060ff"
        [[bands]]
        filter = "F1130W"
        color = "#40ff60"
        [[bands]]
        filter = "F1280W"
        color = "#ff5040"
        """,
        "test",
    )

    color = composite(bands, recipe, tmp_path)

    light = color @ LUMINANCE
    with np.errstate(invalid="ignore"):
        chromaticity = color / light[..., None]
    assert light[44, 44] > 3
    # The bands differ by a factor, so that every bright pixel has the same chromaticity.
    np.testing.assert_allclose(chromaticity[44, 44], chromaticity[44, 46], rtol=0.02)


def test_a_colour_of_a_recipe_has_luminance_1() -> None:
    assert np.dot(display_color("#ff8040"), LUMINANCE) == pytest.approx(1.0)


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.35, -1.25), (-2.6, 3.9)])
def test_a_shift_between_bands_is_measured_to_a_twentieth_of_a_pixel(x: float, y: float) -> None:
    def picture(across: float, down: float, gain: float) -> np.ndarray:
        generator = np.random.default_rng(5)
        places = generator.uniform(15, 113, (25, 2))
        fluxes = range(20, 270, 10)
        light = sum(
            star((128, 128), px + across, py + down) * flux for (px, py), flux in zip(places, fluxes, strict=True)
        )
        noise = np.random.default_rng(round(100 * gain)).normal(0, 0.05, (128, 128))
        return (5 + gain * light + noise).astype(np.float32)

    moved = picture(x, y, 0.4)
    moved[:6] = np.nan

    shift = measure_shift(picture(0, 0, 1.0), moved)

    assert shift.found
    assert (shift.x, shift.y) == pytest.approx((x, y), abs=0.05)


def test_pictures_without_common_details_have_no_shift() -> None:
    generator = np.random.default_rng(2)
    first, second = generator.normal(0, 1, (2, 96, 96)).astype(np.float32)

    assert not measure_shift(first, second).found


def test_a_pointing_error_is_corrected_and_its_rest_is_reported(tmp_path: Path) -> None:
    picture, grid = sky(128), square_grid(128)
    shifted = square_grid(128)
    shifted.wcs.wcs.crpix = [value + 2.0 for value in grid.wcs.wcs.crpix]

    first, second = align([band(picture, grid), band(picture, shifted, name="F1130W")], grid, tmp_path)

    assert second.shift is not None
    assert (second.shift.x, second.shift.y) == pytest.approx((-2, -2), abs=0.1)
    assert second.residual is not None
    assert (second.residual.x, second.residual.y) == pytest.approx((0, 0), abs=0.1)
    assert first.shift is None


@pytest.fixture(scope="module")
def product_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Path]:
    folder = tmp_path_factory.mktemp("sources")
    picture = sky(96)
    names = (("F770W", 1.0), ("F1130W", 1.6), ("F1280W", 2.2))
    return [write_band(folder / f"{name}.fits", picture * gain, square_grid(96), name) for name, gain in names], folder


def test_a_picture_has_all_its_files(product_files: tuple[list[Path], Path], tmp_path: Path) -> None:
    sources, _ = product_files

    product = make_product(EXPORT, sources, load_science_recipe("natural"), tmp_path, "test")

    with OpenEXR.File(str(product.bands), separate_channels=True) as file:
        assert [part.name() for part in file.parts] == ["F770W", "F1130W", "F1280W"]
        assert set(file.parts[0].channels) == {"Y", "coverage", "sigma"}
        assert file.parts[0].header["cleanwater:unit"] == "MJy/sr"
    assert read_exr(product.color).pixels.shape == (96, 96, 4)
    with OpenEXR.File(str(product.color), separate_channels=True) as file:
        density = file.parts[1].channels["Y"].pixels
    assert density.mean() == pytest.approx(1.0, rel=1e-3)
    rows = product.stars.read_text().splitlines()
    assert len(rows) - 1 == product.record.stars >= 6
    assert not list(tmp_path.glob(".science-*"))


def test_a_replay_makes_the_same_bytes(product_files: tuple[list[Path], Path], tmp_path: Path) -> None:
    sources, folder = product_files
    first = make_product(EXPORT, sources, ScienceRecipe(), tmp_path / "first", "test")

    second = replay(EXPORT, first.color, folder, tmp_path / "second")

    assert [path.read_bytes() for path in first.files] == [path.read_bytes() for path in second.files]


def test_a_replay_refuses_another_source(product_files: tuple[list[Path], Path], tmp_path: Path) -> None:
    sources, _ = product_files
    first = make_product(EXPORT, sources, ScienceRecipe(), tmp_path / "first", "test")
    (tmp_path / "F770W.fits").write_bytes(sources[1].read_bytes())

    with pytest.raises(RequestError, match="differs"):
        replay(EXPORT, first.color, tmp_path, tmp_path / "second")


def test_a_cancelled_picture_leaves_no_file(product_files: tuple[list[Path], Path], tmp_path: Path) -> None:
    sources, _ = product_files

    with pytest.raises(Cancelled):
        make_product(EXPORT, sources, ScienceRecipe(), tmp_path, "test", cancelled=lambda: True)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[stretch]\nsoftness = nan", "softness"),
        ("[stretch]\nsoftnes = 1", "softness"),
        ("[[bands]]\nwhite = 1\nblack = 50", "white must be a higher percentile"),
        ('[[bands]]\ncolor = "red"', "#rrggbb"),
        ("[stretch", "]"),
    ],
)
def test_a_wrong_recipe_is_refused_with_the_key(text: str, message: str) -> None:
    with pytest.raises(RequestError, match=r"test is not a valid|line") as refused:
        parse_science_recipe(text, "test")
    assert message in refused.value.message


def test_every_recipe_is_valid() -> None:
    assert "natural" in science_recipes()
    for name in science_recipes():
        assert load_science_recipe(name).title


def test_a_recipe_names_the_band_that_is_missing() -> None:
    recipe = parse_science_recipe('[[bands]]\nfilter = "F1800W"', "test")

    with pytest.raises(RequestError, match="F1800W") as refused:
        choose_bands([("F770W", 7.7)], recipe)
    assert "F770W" in refused.value.message


def test_bands_that_do_not_overlap_are_refused_by_name(tmp_path: Path) -> None:
    here, there = square_grid(32), square_grid(32)
    there.wcs.wcs.crval = [84.8, -5.4]
    bands = [band(sky(32), here), band(sky(32), there, name="F1130W")]
    settings = [entry for _, entry in choose_bands([(one.name, None) for one in bands], ScienceRecipe())]
    aligned = align(bands, here, tmp_path)

    with pytest.raises(RequestError, match="F1130W has no data inside the picture"):
        prepare(aligned, settings, ScienceRecipe())
