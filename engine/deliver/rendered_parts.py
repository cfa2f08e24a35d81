"""The receipt's record of the parts of a picture that jobs of their own rendered: where, on which device, how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.catalog import FrozenModel

if TYPE_CHECKING:
    from engine.picture import ChunkFidelity


class RenderedPart(FrozenModel):
    """Consecutive frames of a movie that one machine rendered; `first` counts from the movie's first.

    `machine` is the name under which the machine joined the farm, empty for the studio's own. `device` is its graphics
    device and processor, `seconds` the time that it took, null for frames that the delivery itself rendered.
    """

    first: int
    frames: int
    machine: str = ""
    device: str = ""
    seconds: float | None = None


class Seam(FrozenModel):
    """The join before `frame` of two parts from different devices, compared with a render of the studio's machine.

    `before` and `after` are the mean FLIP (0 to 1) of the last frame before it and of the first after it; a delivery
    fails if they differ visibly.
    """

    frame: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class FarmParts:
    """What other jobs rendered for a delivery, in order. `refused`: why there are none. `missing`: parts without files,
    which the delivery renders itself. `device` is that of this machine."""

    parts: tuple[RenderedPart, ...] = ()
    refused: str = ""
    missing: int = 0
    device: str = ""

    @property
    def note(self) -> str:
        """What the receipt says about frames that were to be rendered elsewhere, and were not; else empty."""
        if self.refused:
            return f"rendered on this machine and not by the farm: {self.refused}"
        if self.missing:
            were = "was" if self.missing == 1 else "were"
            return f"{self.missing} of the parts for the farm {were} rendered here: the files were missing or damaged"
        if self.parts and not any(part.machine for part in self.parts):
            return "rendered on this machine in parts: no machine of the farm took one"
        return ""

    def of(self, chunks: Sequence[ChunkFidelity]) -> tuple[RenderedPart, ...]:
        """All parts of a movie with these chunks, in order, including those that the delivery rendered."""
        if not self.parts:
            return ()
        found: list[RenderedPart] = []
        for part in self.parts:
            own = [one for one in chunks if _has(part, one.first) and not one.lowered]
            found += _runs(part, own)
        here = (one for one in chunks if one.lowered or not any(_has(part, one.first) for part in self.parts))
        found += (RenderedPart(first=one.first, frames=one.decoded, device=self.device) for one in here)
        return tuple(sorted(found, key=lambda part: part.first))


def seam_frames(parts: Iterable[RenderedPart]) -> list[int]:
    """The first frames of the parts that another device rendered than the part before."""
    return [
        one.first
        for before, one in pairwise(parts)
        if one.device != before.device and before.first + before.frames == one.first
    ]


def _has(part: RenderedPart, frame: int) -> bool:
    return part.first <= frame < part.first + part.frames


def _runs(part: RenderedPart, chunks: Sequence[ChunkFidelity]) -> Iterator[RenderedPart]:
    """The consecutive frames of a part's chunks, each run with its share of the time."""
    total = sum(one.decoded for one in chunks)
    runs: list[range] = []
    for one in chunks:
        start = runs.pop().start if runs and runs[-1].stop == one.first else one.first
        runs.append(range(start, one.first + one.decoded))
    for run in runs:
        seconds = None if part.seconds is None else round(part.seconds * len(run) / total, 3)
        yield part.model_copy(update={"first": run.start, "frames": len(run), "seconds": seconds})
