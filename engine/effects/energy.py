"""The light of a picture: sums of its channels, to report what an effect adds or loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.render import PICTURE, Bytes, ComputePass, Graph, Image, Spec

# The edge of the square of pixels whose sum a workgroup writes; must match shaders/effects/energy.wgsl.
_SQUARE = 64
_WORDS = 8


@dataclass(frozen=True, slots=True)
class Energy:
    """The sums of linear red, green and blue over the pixels of a picture.

    A pixel with a channel that is infinite or not a number is left out, and counted in `not_finite`.
    """

    red: float
    green: float
    blue: float
    pixels: int
    not_finite: int

    @property
    def total(self) -> float:
        """The sum of the three channels."""
        return self.red + self.green + self.blue

    def relative_to(self, before: Energy) -> float | None:
        """The share of the light of another picture: 1 if nothing was added or lost, None if that picture is black."""
        return self.total / before.total if before.total else None


class EnergyPass(ComputePass):
    """Sums squares of pixels in a fixed order, so that a device always returns the same bytes."""

    shader = "effects/energy.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("energy",)

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """Eight words for each square."""
        picture = inputs["picture"]
        assert isinstance(picture, Image)
        self._squares = (-(-picture.width // _SQUARE), -(-picture.height // _SQUARE))
        return {"energy": Bytes(4 * _WORDS * self._squares[0] * self._squares[1])}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """A workgroup for each square."""
        return (*self._squares, 1)


def add_energy(graph: Graph, pictures: Sequence[str]) -> list[str]:
    """Add a pass that measures each picture. Returns the names of its results, for a plan's `wanted` results.

    A measured picture is kept in memory, so its effect is not fused with the next: measure single frames.
    """
    names = []
    for picture in pictures:
        names.append(f"energy of {picture}")
        graph.add(EnergyPass(), names[-1], picture=picture, energy=names[-1])
    return names


def read_energy(result: NDArray[Any], picture: Image) -> Energy:
    """The energy from the bytes of a result of `add_energy`, summed in double precision."""
    words = result.view(np.uint32).reshape(-1, _WORDS)
    red, green, blue = words[:, :3].view(np.float32).astype(np.float64).sum(0).tolist()
    not_finite = int(words[:, 3].astype(np.int64).sum())
    return Energy(red, green, blue, picture.width * picture.height, not_finite)
