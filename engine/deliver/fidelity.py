"""The receipt's record of picture fidelity: the finished file against the frames sent to the encoder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from statistics import fmean
from typing import TYPE_CHECKING, Literal

from engine.catalog import Exact, FrozenModel

if TYPE_CHECKING:
    from engine.picture import ChunkFidelity


class PlaneValues(FrozenModel):
    """One value per plane."""

    luma: float
    cb: float
    cr: float


class WorstSecond(FrozenModel):
    """The second of the deliverable with the lowest mean luma SSIM; `start` in seconds from its first frame."""

    start: Exact
    luma: float


class Fidelity(FrozenModel):
    """SSIM of the decoded deliverable against the frames that were sent to the encoder, at most 1.

    `every` is n if each nth frame was compared; `frames` is the number of compared frames. `mean` and `min` are over
    these frames. `floor` is the recipe's lowest mean luma.
    """

    measure: Literal["ssim"] = "ssim"
    every: int
    frames: int
    mean: PlaneValues
    min: PlaneValues
    worst_second: WorstSecond
    floor: float

    @property
    def lowest(self) -> float:
        """The floor for chroma and the worst second: twice the loss that `floor` allows for mean luma."""
        return round(1 - 2 * (1 - self.floor), 5)

    @property
    def is_enough(self) -> bool:
        """Whether luma, chroma and every second reach their floors."""
        chroma = min(self.mean.cb, self.mean.cr)
        return self.mean.luma >= self.floor and min(chroma, self.worst_second.luma) >= self.lowest


def summarize_fidelity(chunks: Sequence[ChunkFidelity], rate: Fraction, floor: float) -> Fidelity:
    """The fidelity of a movie from that of its chunks; `rate` in frames per second."""
    frames = [(chunk.first + n * chunk.step, ssim) for chunk in chunks for n, ssim in enumerate(chunk.ssim)]
    values = [ssim for _, ssim in frames]
    seconds: dict[int, list[float]] = defaultdict(list)
    for number, ssim in frames:
        seconds[int(number / rate)].append(ssim.luma)
    means = {second: fmean(lumas) for second, lumas in seconds.items()}
    worst = min(means, key=lambda second: means[second])
    mean, lowest = ([figure(plane) for plane in zip(*values, strict=True)] for figure in (fmean, min))
    return Fidelity(
        every=chunks[0].step,
        frames=len(frames),
        mean=_planes(mean),
        min=_planes(lowest),
        worst_second=WorstSecond(start=Fraction(worst), luma=round(means[worst], 5)),
        floor=floor,
    )


def _planes(values: Sequence[float]) -> PlaneValues:
    luma, cb, cr = (round(value, 5) for value in values)
    return PlaneValues(luma=luma, cb=cb, cr=cr)
