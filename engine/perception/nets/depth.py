"""Depth from a net."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.models.nets import NetMeaning
from engine.perception.nets.fitting import fit_frame, unfit
from engine.perception.nets.net_provider import NetProvider
from engine.perception.products import DepthMap
from engine.perception.provider import AnalysisFrame

# A smaller range, as a share of the largest value, is rounding: the picture has no depth.
_LEAST_RANGE = 1e-6


class NetDepthProvider(NetProvider):
    """Depth from a net whose output is an inverse depth, or metres."""

    product: Literal["depth_map"] = "depth_map"

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        """The depth of a frame, at the frame's size.

        An inverse depth is scaled to 0 to 1 over the frame: fit scale and shift to another frame before they are
        compared. Metric depth is NaN where the net returns 0 or less.
        """
        height, width = frame.pixels.shape[:2]
        net = self.leases[0].net()
        picture, fitting = fit_frame(frame.pixels, net.contract.input)
        outputs = net.run(picture)
        (meaning,) = outputs
        return depth_map(meaning, unfit(outputs[meaning], fitting, height, width))


def depth_map(meaning: NetMeaning, values: NDArray[np.float32]) -> DepthMap:
    """The depth map of a net's values at the size of the frame."""
    if meaning == "metric_depth":
        return DepthMap(np.where(values > 0, values, np.float32(np.nan)), "metric")
    least, most = float(values.min()), float(values.max())
    if most - least <= _LEAST_RANGE * max(abs(least), abs(most)):
        return DepthMap(np.zeros_like(values), "relative")
    return DepthMap((values - least) / np.float32(most - least), "relative")
