"""Compares the numbered OpenEXR frames of a delivery with its recipe, frame by frame, as they are on the disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from engine.deliver.checks.quality import judge_picture_kept
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.receipt import Check
from engine.errors import Cancelled, EngineError
from engine.file_digest import sha256_of
from engine.picture import PictureContent, exr_info, light_content, read_exr, sample_bits

_NUMBER = re.compile(r"(\d+)\.exr$")
_AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
_FEW = 3


@dataclass(slots=True)
class _Findings:
    """The names of frames that differ, by what differs, and the content of all."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    content: PictureContent = field(default_factory=PictureContent)

    def add(self, what: str, name: str) -> None:
        """Notes a frame that is not as it should be."""
        self.wrong.setdefault(what, []).append(name)


def check_frames(
    folder: Path,
    names: Sequence[str],
    wanted: Mapping[str, tuple[str, str]],
    recipe: FramesRecipe,
    size: tuple[int, int],
    rate: Fraction | None,
    source: PictureContent,
    cancelled: Callable[[], bool] | None = None,
) -> list[Check]:
    """Reads every frame again. `wanted` are the SHA-256 and the digest of the samples by name, as they were written.

    `source` is the content of the source's frames. Raises Cancelled.
    """
    found = sorted(path.name for path in folder.glob("[!.]*.exr"))
    numbers = [int(match[1]) for name in found if (match := _NUMBER.search(name))]
    gaps = [f"{a + 1}–{b - 1}" for a, b in pairwise(numbers) if b - a != 1]
    read = _Findings()
    for name in names:
        if cancelled and cancelled():
            raise Cancelled("Stopped.", "Deliver again to resume; finished frames are kept.")
        _read(folder / name, wanted.get(name, ("", "")), recipe, size, rate, read)
    return [
        Check(name="frames", passed=found == sorted(names), measured=len(found), wanted=len(names)),
        Check(
            name="frame numbers",
            passed=not gaps and len(numbers) == len(found),
            measured=f"missing {', '.join(gaps[:_FEW])}" if gaps else _span(numbers),
            wanted="without gaps",
        ),
        _all("frames open", "does not open", names, read, "every frame is read to its last pixel"),
        _all("frame files", "bytes", names, read, "the SHA-256 with which each was written"),
        _all("frame size", "size", names, read, f"{size[0]}×{size[1]}"),
        _all("samples", "samples", names, read, f"{'half' if recipe.bits == 16 else 'whole'} floats as rendered"),
        _all("finite samples", "not finite", names, read, "no NaN, no infinity"),
        _all("chromaticities", "primaries", names, read, "ACEScg (AP1)"),
        _all("frame rate", "rate", names, read, str(rate)),
        judge_picture_kept(source, read.content),
    ]


def _read(
    path: Path,
    wanted: tuple[str, str],
    recipe: FramesRecipe,
    size: tuple[int, int],
    rate: Fraction | None,
    found: _Findings,
) -> None:
    sha256, pixels = wanted
    try:
        info, frame, bits = exr_info(path), read_exr(path), sample_bits(path)
        if sha256_of(path) != sha256:
            found.add("bytes", path.name)
    except (EngineError, OSError):
        found.add("does not open", path.name)
        return
    if (info.width, info.height) != size:
        found.add("size", path.name)
    if info.frame_rate != rate:
        found.add("rate", path.name)
    if info.chromaticities is None or not np.allclose(info.chromaticities, _AP1, atol=1e-5):
        found.add("primaries", path.name)
    if frame.not_a_number or frame.infinite:
        found.add("not finite", path.name)
    kind: Any = np.float16 if recipe.bits == 16 else np.float32
    if bits != recipe.bits or xxhash.xxh3_128_hexdigest(frame.pixels.astype(kind).data) != pixels:
        found.add("samples", path.name)
    found.content = found.content.joined(light_content(frame.pixels))


def _all(name: str, what: str, names: Sequence[str], found: _Findings, wanted: str) -> Check:
    """The check that no frame was found to be wrong in one respect; it lists the first that are."""
    wrong = found.wrong.get(what, [])
    if not wrong:
        return Check(name=name, passed=bool(names), measured=f"all {len(names)}", wanted=wanted)
    more = f" and {len(wrong) - _FEW} more" if len(wrong) > _FEW else ""
    return Check(name=name, passed=False, measured=f"not {', '.join(wrong[:_FEW])}{more}", wanted=wanted)


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
