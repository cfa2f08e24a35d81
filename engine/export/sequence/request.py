"""A sequence request: footage, stretch, form and numbering."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import xxhash

from engine import __version__
from engine.catalog import Encoding
from engine.errors import RequestError
from engine.export.frame import ExrForm, Origin
from engine.export.sequence.numbering import Numbering
from engine.ingest import Footage
from engine.picture import Rendering
from engine.units import format_bytes

# Above this (20 UHD frames), the user must give an end or confirm with --whole.
_LARGE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SequenceRequest:
    """The ticks of one take as files in `folder`, numbered from `first_number`.

    `replace`: overwrite files of these names that have other settings or were changed.
    """

    footage: Footage
    label: str
    input_transform: Encoding
    ticks: range
    folder: Path
    numbering: Numbering
    first_number: int
    form: ExrForm
    origin: Origin
    replace: bool = False
    rendering: Rendering = "as-shot"

    @property
    def conversion(self) -> str | None:
        """Describes the conversion to a PNG's code values; None for EXR."""
        if self.numbering.suffix == ".exr":
            return None
        from engine.picture import describe

        return describe(self.input_transform, "sdr", self.rendering)

    @property
    def files(self) -> list[tuple[int, Path]]:
        """Each tick and its file."""
        return [
            (tick, self.folder / self.numbering.name(number))
            for number, tick in enumerate(self.ticks, self.first_number)
        ]

    @property
    def record(self) -> Path:
        """The path of the record."""
        return self.folder / self.numbering.record

    @property
    def frame_bytes(self) -> int:
        """The upper bound of a frame's size in bytes: the uncompressed size, with `dwaa` half of it."""
        return most_bytes(self.footage, self.numbering, self.form)

    @property
    def making(self) -> dict[str, str | float | bool]:
        """The settings that determine a frame's content, except the tick."""
        about: dict[str, str | float | bool] = {
            "version": __version__,
            "source": self.footage.path.name,
            "source_digest": self.origin.digest,
            "take": self.origin.take,
            "input_transform": str(self.input_transform),
            "format": self.numbering.suffix[1:],
        }
        if self.numbering.suffix == ".exr":
            about |= {"half": self.form.half, "compression": self.form.compression}
            if self.form.compression == "dwaa":
                about["level"] = self.form.level
        if self.conversion:
            about["conversion"] = self.conversion
        return about

    @property
    def made(self) -> str:
        """The hash of `making`."""
        return xxhash.xxh3_128_hexdigest(json.dumps(self.making, sort_keys=True, ensure_ascii=False).encode())[:16]


def most_bytes(footage: Footage, numbering: Numbering, form: ExrForm) -> int:
    """The estimated size of one frame in bytes, an upper bound."""
    picture = footage.probe.picture
    assert picture is not None
    samples = 3 * picture.display_width * picture.display_height
    if numbering.suffix == ".png":
        return samples
    uncompressed = samples * (2 if form.half else 4)
    return uncompressed // 2 if form.compression == "dwaa" else uncompressed


def frame_range(
    footage: Footage,
    label: str,
    start: Fraction | None,
    end: Fraction | None,
    numbering: Numbering,
    form: ExrForm,
    *,
    whole: bool = False,
) -> range:
    """The ticks from `start` up to, but not including, `end` in seconds; at least one.

    `whole` confirms a long sequence without an end. Raises RequestError if there is no such stretch, or a long one has
    no end and is not confirmed.
    """
    grid = footage.grid
    if footage.probe.picture is None or grid is None:
        raise RequestError(f"{label} has no picture.", "Choose footage with a picture.")
    begin = start or Fraction(0)
    until = grid.duration if end is None else end
    if not 0 <= begin < min(until, grid.duration):
        raise RequestError(
            f"{float(begin):g} s to {float(until):g} s is not a valid stretch of {label}, "
            f"which is {float(grid.duration):.2f} s long.",
            "Choose --in and --out within it, with --in before --out.",
        )
    first = min(round(begin * grid.rate), len(grid.sources) - 1)
    ticks = range(first, max(min(round(until * grid.rate), len(grid.sources)), first + 1))
    size = len(ticks) * most_bytes(footage, numbering, form)
    if end is None and not whole and size > _LARGE_BYTES:
        raise RequestError(
            f"The sequence would have {len(ticks)} frames of {label}, up to {format_bytes(size)}.",
            "Choose a stretch with --in and --out, or add --whole for the complete take.",
        )
    return ticks
