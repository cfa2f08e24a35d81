"""Creates docs/look-*.jpg: frames of the sample shoot before and after each built-in look.

Run `make demo` first, then `.venv/bin/python scripts/look_sheets.py`. Other footage: the files as arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image

from engine.catalog import Encoding
from engine.ingest import inspect
from engine.looks import Look, TakeLook, load_look, look_names
from engine.picture import SheetFrame, SheetGrid, Viewer, contact_sheet

ROOT = Path(__file__).resolve().parent.parent
# A wide shot and a face at dawn in HLG, and boats in Apple Log.
TAKES = ("IMG_0102.MOV", "IMG_0103.MOV", "IMG_0104.MOV")
AT = Fraction(1)
WIDTH = 1200


def frames(paths: Sequence[Path], look: Look | None, grid: SheetGrid) -> list[SheetFrame]:
    """The frame of each take, with a look or as recorded."""
    made = []
    for path in paths:
        footage = inspect(path)
        picture, clock = footage.probe.picture, footage.grid
        assert picture is not None
        assert clock is not None
        transform = picture.input_transform or Encoding.APPLE_LOG
        shown = TakeLook(look, clock.rate) if look else None
        with Viewer(footage.path, picture, transform, clock, look=shown) as viewer:
            pixels = viewer.at(viewer.tick_at(AT), grid.within(picture.display_width, picture.display_height))
        made.append(SheetFrame(pixels, look.title if look else "before", path.stem))
    return made


def main(arguments: Sequence[str]) -> None:
    """Writes a sheet for each look."""
    footage = ROOT / "demo" / "footage"
    paths = [Path(one) for one in arguments] or [footage / name for name in TAKES]
    grid = SheetGrid(WIDTH, len(paths))
    before = frames(paths, None, grid)
    for name in look_names():
        look = load_look(name)
        if look.reads:
            # The takes have no masks and no depth.
            continue
        sheet = contact_sheet([*before, *frames(paths, look, grid)], grid, (look.title, look.order))
        Image.fromarray(sheet).save(ROOT / "docs" / f"look-{name}.jpg", "JPEG", quality=85)


if __name__ == "__main__":
    main(sys.argv[1:])
