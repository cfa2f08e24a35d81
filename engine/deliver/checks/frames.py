"""Checks of numbered OpenEXR frames: each frame is read again, as it is on the disk, and compared with the recipe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.kinds import Kind
from engine.deliver.checks.quality import judge_picture_kept
from engine.deliver.checks.registry import check
from engine.deliver.checks.written_frames import WrittenFrames
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.receipt import Check
from engine.errors import Cancelled, EngineError
from engine.file_digest import sha256_of

if TYPE_CHECKING:
    from engine.picture import PictureContent

_AGAIN = "Deliver it again: a file was removed, added or changed after it was written."
_REPORT = "Deliver it again; if it fails again, report it with the receipt."
_NUMBER = re.compile(r"(\d+)\.exr$")
_AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
_FEW = 3
_IMAGES: tuple[Kind, ...] = ("images",)


@dataclass(slots=True)
class _Findings:
    """The names of the frames in the folder, the content of all, and those that differ, by what differs."""

    present: list[str]
    content: PictureContent
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def numbers(self) -> list[int]:
        """The numbers in the names of the frames."""
        return [int(match[1]) for name in self.present if (match := _NUMBER.search(name))]

    def add(self, what: str, name: str) -> None:
        """Notes a frame that is not as it should be."""
        self.wrong.setdefault(what, []).append(name)


@check("sequence-frames", "Frames of a sequence", remedy=_AGAIN, applies_to=_IMAGES)
def sequence_frames(finished: Finished) -> Iterator[Check]:
    """The folder has the frames of the requested stretch, and no others."""
    if frames := finished.frames:
        present = finished.once(_read_all).present
        yield Check(
            name="frames", passed=present == sorted(frames.names), measured=len(present), wanted=len(frames.names)
        )


@check("sequence-numbers", "Frame numbers", remedy=_AGAIN, applies_to=_IMAGES)
def sequence_numbers(finished: Finished) -> Iterator[Check]:
    """The numbers of the frames have no gap."""
    if finished.frames:
        found = finished.once(_read_all)
        numbers = found.numbers
        gaps = [f"{a + 1}–{b - 1}" for a, b in pairwise(numbers) if b - a != 1]
        yield Check(
            name="frame numbers",
            passed=not gaps and len(numbers) == len(found.present),
            measured=f"missing {', '.join(gaps[:_FEW])}" if gaps else _span(numbers),
            wanted="without gaps",
        )


@check("sequence-opens", "Frames open", remedy=_AGAIN, applies_to=_IMAGES)
def sequence_opens(finished: Finished) -> Iterator[Check]:
    """Each frame is read to its last pixel."""
    yield from _all(finished, "frames open", "does not open", "every frame is read to its last pixel")


@check("sequence-files", "Files of frames", remedy=_AGAIN, applies_to=_IMAGES)
def sequence_files(finished: Finished) -> Iterator[Check]:
    """Each file has the SHA-256 with which it was written."""
    yield from _all(finished, "frame files", "bytes", "the SHA-256 with which each was written")


@check("sequence-size", "Size of the frames", remedy=_REPORT, applies_to=_IMAGES)
def sequence_size(finished: Finished) -> Iterator[Check]:
    """Each frame has the width and height of the footage or of the cut."""
    if frames := finished.frames:
        yield from _all(finished, "frame size", "size", f"{frames.size[0]}×{frames.size[1]}")


@check("sequence-samples", "Samples of the frames", remedy=_REPORT, applies_to=_IMAGES)
def sequence_samples(finished: Finished) -> Iterator[Check]:
    """Each sample is the rendered one, as a half or a whole float."""
    if finished.frames:
        wanted = f"{'half' if _recipe(finished).bits == 16 else 'whole'} floats as rendered"
        yield from _all(finished, "samples", "samples", wanted)


@check("sequence-finite", "Finite samples", remedy=_REPORT, applies_to=_IMAGES)
def sequence_finite(finished: Finished) -> Iterator[Check]:
    """No sample is infinite or not a number (NaN)."""
    yield from _all(finished, "finite samples", "not finite", "no NaN, no infinity")


@check("sequence-primaries", "Primaries of the frames", remedy=_REPORT, applies_to=_IMAGES)
def sequence_primaries(finished: Finished) -> Iterator[Check]:
    """Each header names the primaries and the white of ACEScg (AP1)."""
    yield from _all(finished, "chromaticities", "primaries", "ACEScg (AP1)")


@check("sequence-rate", "Frame rate of the frames", remedy=_REPORT, applies_to=_IMAGES)
def sequence_rate(finished: Finished) -> Iterator[Check]:
    """Each header names the frame rate."""
    if frames := finished.frames:
        yield from _all(finished, "frame rate", "rate", str(frames.rate))


@check("sequence-picture", "Picture of the frames", remedy=_REPORT, applies_to=_IMAGES)
def sequence_picture(finished: Finished) -> Iterator[Check]:
    """The frames have a picture, as their source; only a black source gives black frames."""
    if frames := finished.frames:
        yield judge_picture_kept(frames.source, finished.once(_read_all).content)


def _read_all(finished: Finished) -> _Findings:
    """Reads every frame again. Raises Cancelled."""
    from engine.picture import PictureContent

    frames, recipe = finished.frames, _recipe(finished)
    assert frames
    folder = finished.path.parent / frames.folder
    found = _Findings(sorted(path.name for path in folder.glob("[!.]*.exr")), PictureContent())
    for name in frames.names:
        if frames.cancelled and frames.cancelled():
            raise Cancelled("Stopped.", "Deliver again to resume; finished frames are kept.")
        _read(folder / name, frames, recipe, found)
    return found


def _read(path: Path, wanted: WrittenFrames, recipe: FramesRecipe, found: _Findings) -> None:
    import numpy as np
    import xxhash

    from engine.picture import exr_info, light_content, read_exr, sample_bits

    sha256, pixels = wanted.digests.get(path.name, ("", ""))
    try:
        info, frame, bits = exr_info(path), read_exr(path), sample_bits(path)
        if sha256_of(path) != sha256:
            found.add("bytes", path.name)
    except (EngineError, OSError):
        found.add("does not open", path.name)
        return
    if (info.width, info.height) != wanted.size:
        found.add("size", path.name)
    if info.frame_rate != wanted.rate:
        found.add("rate", path.name)
    if info.chromaticities is None or not np.allclose(info.chromaticities, _AP1, atol=1e-5):
        found.add("primaries", path.name)
    if frame.not_a_number or frame.infinite:
        found.add("not finite", path.name)
    kind: Any = np.float16 if recipe.bits == 16 else np.float32
    if bits != recipe.bits or xxhash.xxh3_128_hexdigest(frame.pixels.astype(kind).data) != pixels:
        found.add("samples", path.name)
    found.content = found.content.joined(light_content(frame.pixels))


def _recipe(finished: Finished) -> FramesRecipe:
    assert finished.recipe.frames
    return finished.recipe.frames


def _all(finished: Finished, name: str, what: str, wanted: str) -> Iterator[Check]:
    """The check that no frame was found to be wrong in one respect; it lists the first that are."""
    if finished.frames is None:
        return
    wrong, total = finished.once(_read_all).wrong.get(what, []), len(finished.frames.names)
    if not wrong:
        yield Check(name=name, passed=total > 0, measured=f"all {total}", wanted=wanted)
        return
    more = f" and {len(wrong) - _FEW} more" if len(wrong) > _FEW else ""
    yield Check(name=name, passed=False, measured=f"not {', '.join(wrong[:_FEW])}{more}", wanted=wanted)


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
