"""Runs the passes of optical flow for frames of one size."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.perception.flow.passes import (
    MARGIN,
    CheckPass,
    DensifyPass,
    HalvePass,
    SearchPass,
    Size,
    motion_image,
    packed_image,
)
from engine.perception.flow.quality import FlowSettings, level_sizes
from engine.render import CODES_FORMAT, Device, Graph, Lease, Plan

_WAYS = {"onward": ("a", "b"), "back": ("b", "a")}
# Rec.709 luma of display codes, in 1/256.
_RED, _GREEN, _BLUE = np.uint16(54), np.uint16(183), np.uint16(19)

Pyramid = dict[int, Lease]
"""The levels of a frame, 0 the frame itself."""


class FlowField:
    """The plans for frames of one size: one for the pyramid of a frame, one for the flow between two pyramids."""

    def __init__(self, device: Device, size: Size, settings: FlowSettings) -> None:
        self._device = device
        self._size = size
        self._settings = settings
        self._levels = level_sizes(size)
        # The coarsest level begins without motion.
        self._still = device.load_picture(np.zeros((1, 1, 4), np.float32), "rgba32float")
        self._pyramid = self._pyramid_plan() if len(self._levels) > 1 else None
        self._flow = self._flow_plan()

    def pyramid(self, pixels: NDArray[np.uint8]) -> Pyramid:
        """The levels of a frame (height, width, 3), which the caller must release."""
        frame = self._device.load_picture(_packed(pixels), CODES_FORMAT)
        made = self._pyramid.run({"level 0": frame.resource}) if self._pyramid else {}
        return {0: frame} | {int(name.removeprefix("level ")): lease for name, lease in made.items()}

    def between(
        self, first: Pyramid, second: Pyramid
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Forward and backward flow (height, width, 2), and the validity of the forward one (height, width)."""
        sources = {"still": self._still.resource}
        sources |= {f"a {level}": lease.resource for level, lease in first.items()}
        sources |= {f"b {level}": lease.resource for level, lease in second.items()}
        made = self._flow.run(sources)
        pending = self._device.fetch([made[name] for name in ("forward", "backward", "validity")])
        for lease in made.values():
            lease.release()
        forward, backward, validity = pending.result()
        width, height = self._size
        return (
            np.ascontiguousarray(forward.reshape(height, -1, 2)[:, :width]),
            np.ascontiguousarray(backward.reshape(height, -1, 2)[:, :width]),
            np.ascontiguousarray(validity.reshape(height, -1)[:, :width]),
        )

    def _pyramid_plan(self) -> Plan:
        graph = Graph()
        graph.source("level 0", packed_image(self._size))
        for level, size in enumerate(self._levels[1:], 1):
            graph.add(HalvePass(size), f"halve {level}", level=f"level {level - 1}", halved=f"level {level}")
        return Plan(self._device, graph, [f"level {level}" for level in range(1, len(self._levels))])

    def _flow_plan(self) -> Plan:
        graph = Graph()
        graph.source("still", motion_image((1, 1)))
        coarsest = len(self._levels) - 1
        finest = min(self._settings.finest, coarsest)
        for level in range(coarsest + 1):
            for frame in ("a", "b"):
                graph.source(f"{frame} {level}", packed_image(self._levels[level]))
        for way in _WAYS:
            for level in range(coarsest, finest - 1, -1):
                self._add_search(graph, way, level)
                self._add_densify(graph, way, level, level)
            if finest:
                self._add_densify(graph, way, finest - 1, finest)
        wires = {f"{way}_{axis}": f"{way} 0 {axis}" for way in _WAYS for axis in ("x", "y")}
        graph.add(CheckPass(self._size), "check", **wires)
        return Plan(self._device, graph, ["forward", "backward", "validity"])

    def _add_search(self, graph: Graph, way: str, level: int) -> None:
        size, settings = self._levels[level], self._settings
        wires = _frames(way, level) | {"patches": f"{way} {level} patches"}
        coarsest = level == len(self._levels) - 1
        coarse = (1, 1) if coarsest else self._levels[level + 1]
        wires |= {f"coarse_{axis}": "still" if coarsest else f"{way} {level + 1} {axis}" for axis in ("x", "y")}
        candidates = settings.candidates if level > 0 else settings.finest_candidates
        graph.add(SearchPass(size, coarse, candidates, settings.steps), f"search {way} {level}", **wires)

    def _add_densify(self, graph: Graph, way: str, level: int, searched: int) -> None:
        wires = {f"flow_{axis}": f"{way} {level} {axis}" for axis in ("x", "y")}
        wires |= _frames(way, level) | {"patches": f"{way} {searched} patches"}
        graph.add(DensifyPass(self._levels[level], half=searched > level), f"densify {way} {level}", **wires)


def _frames(way: str, level: int) -> dict[str, str]:
    here, there = _WAYS[way]
    return {"here": f"{here} {level}", "there": f"{there} {level}"}


def _packed(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The luma of a frame as the first level: (height, width, 4) words of four pixels, with a margin."""
    height, width = pixels.shape[:2]
    red, green, blue = (pixels[..., channel] for channel in range(3))
    luma = ((red * _RED + green * _GREEN + blue * _BLUE + np.uint16(128)) >> np.uint16(8)).astype(np.uint8)
    texels = packed_image((width, height)).width
    right = 4 * (texels + 3) - width - MARGIN
    padded = np.pad(luma, ((MARGIN, MARGIN), (MARGIN, right)), mode="edge")
    words: NDArray[np.uint32] = sliding_window_view(padded.view("<u4"), 4, axis=1)
    return words
