"""Creates docs/science-peers.jpg and science-orion.jpg: our picture beside those of other programs.

make_lupton_rgb is part of astropy. multicolorfits is no dependency: `--packages` names a folder that has it. All
programs get the same bands on the same grid, with the same black and white points and colours.

    python scripts/science_peers.py FOLDER --packages SITE_PACKAGES

FOLDER has fits/gc_2mass_{j,h,k}.fits and jwst/orion_*_i2d.fits.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray
from PIL import Image

from engine.picture import SheetFrame, SheetGrid, contact_sheet
from engine.policy import Gate
from engine.science import ScienceRecipe, load_science_recipe, make_product

ROOT = Path(__file__).resolve().parent.parent
# Colours by wavelength, as the recipe natural has them for three bands.
_COLORS = ("#2639ff", "#26ff4a", "#ff3826")
_QUALITY, _WIDTH = 80, 1260
_PERMISSION = Gate(None, None).require("export", format="png", long_edge=1920)


def main() -> None:
    """Writes both pictures, and prints how many pixels each program clips."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packages", help="a folder with multicolorfits")
    options = parser.parse_args()
    if options.packages:
        # Behind the own packages, of which it may have other versions.
        sys.path.append(options.packages)
    galaxy = [options.folder / "fits" / f"gc_2mass_{band}.fits" for band in "jhk"]
    compare("2MASS", galaxy, load_science_recipe("natural"), ROOT / "docs" / "science-peers.jpg", (430, 250, 190))
    orion = sorted((options.folder / "jwst").glob("orion_*_i2d.fits"))
    natural = load_science_recipe("natural")
    everywhere = natural.model_copy(update={"align": natural.align.model_copy(update={"everywhere": True})})
    compare("Orion", orion, everywhere, ROOT / "docs" / "science-orion.jpg", None)


def compare(
    name: str, sources: list[Path], recipe: ScienceRecipe, path: Path, part: tuple[int, int, int] | None
) -> None:
    """Writes a sheet with a column for each program; `part` is an enlarged square: left, top, side."""
    with tempfile.TemporaryDirectory() as folder:
        product = make_product(_PERMISSION, sources, recipe, Path(folder), "picture")
        record = product.record
        with Image.open(product.still) as still:
            ours = np.asarray(still.convert("RGB"))[: record.height]
        with OpenEXR.File(str(product.bands), separate_channels=True) as file:
            planes = {part.name(): part.channels["Y"].pixels for part in file.parts}
    levels = [(planes[band.name], band.black, band.white) for band in record.bands]
    pictures = {"Cleanwater": ours, **_peers(levels)}
    for program, picture in pictures.items():
        clipped, white = (picture == 255).any(-1).mean(), (picture == 255).all(-1).mean()
        print(f"{name}, {program}: {clipped:.2%} with a clipped channel, {white:.2%} white")
    grid = SheetGrid(_WIDTH, len(pictures), Fraction(record.width, record.height).limit_denominator(100))
    frames = [SheetFrame(_fitted(picture, grid), program) for program, picture in pictures.items()]
    if part:
        left, top, side = part
        cut = {program: picture[top : top + side, left : left + side] for program, picture in pictures.items()}
        frames += [SheetFrame(_fitted(picture, grid), f"{program}, enlarged") for program, picture in cut.items()]
    Image.fromarray(contact_sheet(frames, grid)).save(path, quality=_QUALITY)


def _peers(levels: list[tuple[NDArray[Any], float, float]]) -> Mapping[str, NDArray[np.uint8]]:
    """The pictures of the other programs; `levels` are samples, black and white of each band by wavelength."""
    from astropy.visualization import make_lupton_rgb

    scaled = [np.nan_to_num((samples - black) / (white - black)) for samples, black, white in levels]
    made = {"make_lupton_rgb": make_lupton_rgb(*scaled[::-1], minimum=0.0, stretch=0.5, Q=8)}
    try:
        import multicolorfits as peer  # type: ignore[import-not-found]
    except ImportError:
        print("multicolorfits is not installed: it is left out")
        return made
    grey = [peer.greyRGBize_image(one, rescalefn="asinh", scaletype="abs", min_max=[0, 1], gamma=2.2) for one in scaled]
    coloured = [
        peer.colorize_image(one, color, colorintype="hex", gammacorr_color=2.2)
        for one, color in zip(grey, _COLORS, strict=True)
    ]
    combined = peer.combine_multicolor(coloured, gamma=2.2)
    made["multicolorfits"] = (np.clip(np.nan_to_num(combined), 0, 1) * 255).round().astype(np.uint8)
    return made


def _fitted(picture: NDArray[np.uint8], grid: SheetGrid) -> NDArray[np.uint8]:
    """The picture as large as a cell."""
    width, height = grid.cell
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
    how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize(size, how))


if __name__ == "__main__":
    main()
