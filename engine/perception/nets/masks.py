"""Person masks from a net."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.perception.nets.fitting import fit_frame, unfit
from engine.perception.nets.net_provider import NetProvider
from engine.perception.products import BACKGROUND, FOREGROUND, UNKNOWN, PersonMask
from engine.perception.provider import AnalysisFrame

# Alpha beyond these is certain, away from the edge.
_CERTAIN = 0.05
# A smaller share of the frame is no person: nets see some in textures.
_LEAST_PERSON = 0.002


class NetMaskProvider(NetProvider):
    """Masks from a net whose output is alpha."""

    product: Literal["person_mask"] = "person_mask"

    def own_parameters(self) -> dict[str, str | int | float | bool]:
        """The smallest share of a frame that is a person."""
        return {"least_person": _LEAST_PERSON}

    def mask(self, frame: AnalysisFrame) -> PersonMask:
        """The mask of a frame, at the frame's size; the trimap is unknown within a pixel of the net along edges."""
        height, width = frame.pixels.shape[:2]
        net = self.leases[0].net()
        picture, fitting = fit_frame(frame.pixels, net.contract.input)
        alpha = np.clip(unfit(net.run(picture)["alpha"], fitting, height, width), 0, 1)
        if np.count_nonzero(alpha > 0.5) < _LEAST_PERSON * alpha.size:
            return PersonMask(np.zeros_like(alpha), np.full(alpha.shape, BACKGROUND, np.uint8))
        # The edge is uncertain by a pixel of the net on both sides.
        reach = max(1, round(height / net.size[1]))
        return PersonMask(alpha, _trimap(alpha, reach))


def _trimap(alpha: NDArray[np.float32], reach: int) -> NDArray[np.uint8]:
    from scipy.ndimage import maximum_filter, minimum_filter

    size = 2 * reach + 1
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[minimum_filter(alpha, size, mode="nearest") > 1 - _CERTAIN] = FOREGROUND
    trimap[maximum_filter(alpha, size, mode="nearest") < _CERTAIN] = BACKGROUND
    return trimap
