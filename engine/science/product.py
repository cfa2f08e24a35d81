"""Makes the files of a science picture: bands, colour and density as OpenEXR, stars as CSV, a still as PNG."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.errors import RequestError
from engine.file_digest import sha256_of
from engine.policy import Permission
from engine.science.align import AlignedBand, align, common_grid
from engine.science.composite import PreparedBand, choose_bands, composite_rows, prepare
from engine.science.exr_parts import ExrPart, UprightRows, read_attribute, write_parts
from engine.science.flag_step import FlagStep
from engine.science.picture_canvas import PictureCanvas
from engine.science.picture_record import ATTRIBUTE, BandRecord, PictureRecord, SourceFile
from engine.science.plane import LoadedPlane, covered_share
from engine.science.raster import Band
from engine.science.reader import read_science
from engine.science.recipe import ScienceRecipe
from engine.science.repaired_plane import RepairedPlane
from engine.science.repairs import CoreStep, HotPixelStep
from engine.science.sky_grid import SkyGrid
from engine.science.star_table import find_stars, write_stars
from engine.science.step_sheet import write_step_sheet
from engine.science.steps import Step

# Shares of the whole work, in order: aligning, combining, writing.
_ALIGNED, _COMBINED = 0.6, 0.9


@dataclass(frozen=True, slots=True)
class ScienceProduct:
    """The files of a picture."""

    bands: Path
    color: Path
    still: Path
    stars: Path
    steps: Path
    record: PictureRecord

    @property
    def files(self) -> tuple[Path, ...]:
        """All files."""
        return self.bands, self.color, self.still, self.stars, self.steps


def make_product(
    permission: Permission,
    sources: Sequence[Path],
    recipe: ScienceRecipe,
    folder: Path,
    name: str,
    *,
    scratch: Path | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ScienceProduct:
    """Makes NAME.bands.exr, NAME.color.exr, NAME.png, NAME.stars.csv and NAME.steps.png in `folder`.

    The bands are in their units on the common grid, with coverage and, where the files have errors, one standard
    deviation. The colour is scene-linear ACEScg; its file also has the density, with a mean of 1 over what is covered.
    Pictures are stored with the first row at the top. `scratch` is an empty folder for intermediate files, several
    times as large as the sources; by default, a temporary folder below `folder`. Raises PolicyError without
    the permission to export, Cancelled, RequestError and EngineError; no file is then incomplete.
    """
    permission.check("export")
    raster = read_science(sources)
    chosen = choose_bands([(band.name, band.wavelength) for band in raster.bands], recipe)
    bands = [_repaired(raster.band(name), recipe) for name, _ in chosen]
    grid = common_grid(bands, like=recipe.align.like, north_up=recipe.align.north_up)
    folder.mkdir(parents=True, exist_ok=True)

    def part(low: float, high: float) -> Callable[[float], None]:
        return lambda share: progress(low + share * (high - low)) if progress else None

    with ExitStack() as stack:
        if scratch is None:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix=".science-")))
        aligned = align(
            bands, grid, scratch, refine=recipe.align.refine, progress=part(0, _ALIGNED), cancelled=cancelled
        )
        prepared = prepare(aligned, [settings for _, settings in chosen], recipe)
        canvas = PictureCanvas(aligned[0].samples.shape, scratch)
        for rows in composite_rows(prepared, recipe, progress=part(_ALIGNED, _COMBINED), cancelled=cancelled):
            canvas.add(rows.top, rows.color, rows.density, rows.covered)
        if canvas.covered_share == 0:
            raise RequestError(
                "No pixel is covered by all bands.",
                "Set align.everywhere = true in the recipe to show what only some bands cover, or choose other files.",
            )
        stars = find_stars(canvas.light, [band.samples for band in aligned], grid)
        record = _record(sources, recipe, prepared, grid, canvas, len(stars))
        attributes = {ATTRIBUTE: record.model_dump_json()}
        product = ScienceProduct(
            folder / f"{name}.bands.exr",
            folder / f"{name}.color.exr",
            folder / f"{name}.png",
            folder / f"{name}.stars.csv",
            folder / f"{name}.steps.png",
            record,
        )
        canvas.write(product.color, product.still, record)
        write_step_sheet(product.steps, bands, prepared, canvas.reduced_codes, recipe)
        write_parts(product.bands, _band_parts(aligned, attributes), scratch)
        write_stars(product.stars, stars, [band.band.name for band in aligned])
    if progress:
        progress(1.0)
    return product


def read_record(file: Path) -> PictureRecord:
    """The record of an OpenEXR file of a science picture. Raises RequestError if the file has none."""
    return PictureRecord.model_validate_json(read_attribute(file, ATTRIBUTE))


def replay(permission: Permission, file: Path, sources: Path, folder: Path) -> ScienceProduct:
    """Makes a picture again from the record in its OpenEXR file; `sources` is the folder of its source files.

    Raises RequestError if a source is missing or differs.
    """
    record = read_record(file)
    paths = [_source(source, sources) for source in record.sources]
    return make_product(permission, paths, record.recipe, folder, file.name.split(".")[0])


def _source(source: SourceFile, folder: Path) -> Path:
    by_name = [folder / source.name] if (folder / source.name).is_file() else []
    others = sorted(path for path in folder.iterdir() if path.is_file() and path not in by_name)
    for path in (*by_name, *others):
        if sha256_of(path) == source.sha256:
            return path
    what = f"{folder / source.name} differs from the file" if by_name else f"{folder} has no {source.name}"
    raise RequestError(f"{what} that the picture was made from.", "Name the folder with the original files.")


def _repaired(band: Band, recipe: ScienceRecipe) -> Band:
    """The band with the repairs of the recipe. Coverage follows from the repaired samples."""
    steps: list[Step] = []
    if recipe.steps.flags and band.quality is not None:
        steps.append(FlagStep(band.quality))
    if recipe.steps.hot_pixels:
        steps.append(HotPixelStep())
    if recipe.steps.cores:
        steps.append(CoreStep())
    repaired = RepairedPlane(LoadedPlane(band.shape, band.read), steps)
    return replace(band, samples=repaired, weight=None) if steps else band


def _band_parts(aligned: Sequence[AlignedBand], attributes: dict[str, str]) -> list[ExrPart]:
    """A part for each band: its samples and coverage, and its error if it has one."""
    parts = []
    for number, band in enumerate(aligned):
        about = {f"cleanwater:{key}": value for key, value in _about(band.band).items()}
        channels = {"coverage": UprightRows(band.coverage, np.float16), "Y": UprightRows(band.samples)}
        if band.error is not None:
            channels["sigma"] = UprightRows(band.error)
        if band.repaired is not None:
            channels["repaired"] = UprightRows(band.repaired, np.float16)
        parts.append(ExrPart(band.band.name, channels, {**about, **({} if number else attributes)}))
    return parts


def _about(band: Band) -> dict[str, str]:
    """The known facts of a band, as text attributes."""
    seen = band.observation
    about = {
        "unit": band.unit,
        "wavelength_um": "" if band.wavelength is None else f"{band.wavelength:g}",
        "target": seen.target,
        "telescope": seen.telescope,
        "instrument": seen.instrument,
        "observation": seen.id,
        "date": seen.date,
        "credit": seen.credit,
    }
    return {key: value for key, value in about.items() if value}


def _record(
    sources: Sequence[Path],
    recipe: ScienceRecipe,
    bands: Sequence[PreparedBand],
    grid: SkyGrid | None,
    canvas: PictureCanvas,
    stars: int,
) -> PictureRecord:
    rows, columns = canvas.shape
    centre = grid.centre if grid else (None, None)
    seen = [band.aligned.band.observation for band in bands]
    return PictureRecord(
        recipe=recipe,
        sources=tuple(SourceFile(name=path.name, sha256=sha256_of(path)) for path in sources),
        bands=tuple(_band_record(band) for band in bands),
        width=columns,
        height=rows,
        right_ascension=centre[0],
        declination=centre[1],
        pixel_scale_arcsec=grid.pixel_scale if grid else None,
        north_angle=grid.north_angle if grid else None,
        target=next((one.target for one in seen if one.target), ""),
        credit=", ".join(dict.fromkeys(one.credit for one in seen if one.credit)),
        stars=stars,
        versions=_versions(),
    )


def _band_record(band: PreparedBand) -> BandRecord:
    aligned = band.aligned
    coverage = covered_share(aligned.coverage)
    shift, residual = aligned.shift, aligned.residual
    return BandRecord(
        name=aligned.band.name,
        unit=aligned.band.unit,
        wavelength_um=aligned.band.wavelength,
        flux=aligned.band.flux_rule,
        black=band.black,
        white=band.white,
        color=band.color,
        shift_px=(shift.x, shift.y) if shift and shift.found else None,
        residual_px=(residual.x, residual.y) if residual and residual.found else None,
        coverage=coverage,
        repaired=covered_share(aligned.repaired) if aligned.repaired is not None else 0.0,
        star_width_px=band.star_width,
        blur_px=band.blur,
    )


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("cleanwater", "astropy", "gwcs", "numpy", "scipy", "wgpu")}
