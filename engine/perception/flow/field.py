"""Runs the passes of optical flow for frames of one size."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.perception.flow.passes import (
    MARGIN,
    AgreePass,
    CheckPass,
    DensifyPass,
    HalvePass,
    SearchPass,
    Size,
    motion_image,
    packed_image,
)
from engine.perception.flow.quality import FlowSettings, level_sizes
from engine.perception.flow.refinement import add_refinement, change_image
from engine.render import CODES_FORMAT, Device, Graph, Lease, Plan

# Rec.709 luma of display codes, in 1/256.
_RED, _GREEN, _BLUE = np.uint16(54), np.uint16(183), np.uint16(19)

# The frames of each direction.
_WAYS = {"onward": ("a", "b"), "back": ("b", "a")}
_AXES = ("x", "y")
_STILL, _UNCHANGED = "still", "unchanged"
_RESULTS = ("forward", "backward", "validity")

Pyramid = list[Lease]
"""The levels of a frame, the frame itself first."""


class FlowField:
    """The plans for frames of one size: one for the pyramid of a frame, one for the flow between two pyramids."""

    def __init__(self, device: Device, size: Size, settings: FlowSettings) -> None:
        self.size = size
        self._device = device
        self._settings = settings
        self._levels = level_sizes(size)
        # The coarsest level begins without motion, and each refinement without a change.
        self._blanks = {
            _STILL: device.load_picture(np.zeros((1, 1, 4), np.float32), "rgba32float"),
            _UNCHANGED: device.load_picture(np.zeros((1, 1, 4), np.uint32), CODES_FORMAT),
        }
        self._pyramid = self._pyramid_plan() if len(self._levels) > 1 else None
        self._flow = self._flow_plan()

    def pyramid(self, pixels: NDArray[np.uint8]) -> Pyramid:
        """The levels of a frame (height, width, 3), which the caller must release."""
        frame = self._device.load_picture(_packed(pixels), CODES_FORMAT)
        made = self._pyramid.run({"level 0": frame.resource}) if self._pyramid else {}
        return [frame, *(made[f"level {level}"] for level in range(1, len(self._levels)))]

    def between(
        self, first: Pyramid, second: Pyramid
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Forward and backward flow (height, width, 2), and the validity of the forward one (height, width)."""
        sources = {name: blank.resource for name, blank in self._blanks.items()}
        for frame, pyramid in zip("ab", (first, second), strict=True):
            sources |= {f"{frame} {number}": level.resource for number, level in enumerate(pyramid)}
        made = self._flow.run(sources)
        pending = self._device.fetch([made[name] for name in _RESULTS])
        for lease in made.values():
            lease.release()
        forward, backward, validity = pending.result()
        width, height = self.size
        return (
            np.ascontiguousarray(forward.reshape(height, -1, 2)[:, :width]),
            np.ascontiguousarray(backward.reshape(height, -1, 2)[:, :width]),
            np.ascontiguousarray(validity.reshape(height, -1)[:, :width]),
        )

    def _pyramid_plan(self) -> Plan:
        graph = Graph()
        graph.source("level 0", packed_image(self.size))
        for level, size in enumerate(self._levels[1:], 1):
            graph.add(HalvePass(size), f"halve {level}", level=f"level {level - 1}", halved=f"level {level}")
        return Plan(self._device, graph, [f"level {level}" for level in range(1, len(self._levels))])

    def _flow_plan(self) -> Plan:
        graph = Graph()
        graph.source(_STILL, motion_image((1, 1)))
        graph.source(_UNCHANGED, change_image((1, 1)))
        for level, size in enumerate(self._levels):
            for frame in "ab":
                graph.source(f"{frame} {level}", packed_image(size))
        coarsest = len(self._levels) - 1
        finest = min(self._settings.finest, coarsest)
        for way in _WAYS:
            for level in range(coarsest, finest - 1, -1):
                self._add_search(graph, way, level)
                self._add_motion(graph, way, level, level)
            if finest:
                self._add_motion(graph, way, finest - 1, finest)
        wires = {f"{way}_{axis}": f"{way} 0 {axis}" for way in _WAYS for axis in _AXES}
        graph.add(CheckPass(self.size), "check", **wires)
        return Plan(self._device, graph, _RESULTS)

    def _add_search(self, graph: Graph, way: str, level: int) -> None:
        coarsest = level == len(self._levels) - 1
        coarse = (1, 1) if coarsest else self._levels[level + 1]
        graph.add(
            SearchPass(self._levels[level], coarse, self._settings.steps),
            f"search {way} {level}",
            **_frames(way, level),
            **{f"coarse_{axis}": _STILL if coarsest else f"{way} {level + 1} {axis}" for axis in _AXES},
            patches=f"{way} {level} found 0",
            slopes=f"{way} {level} slopes",
        )
        for number in range(1, self._settings.agreements + 1):
            graph.add(
                AgreePass(),
                f"agree {way} {level} {number}",
                patches=f"{way} {level} found 0",
                slopes=f"{way} {level} slopes",
                before=f"{way} {level} found {number - 1}",
                agreed=f"{way} {level} found {number}",
            )

    def _add_motion(self, graph: Graph, way: str, level: int, searched: int) -> None:
        """Add the motion of the pixels of a level from the patches of a level that was searched."""
        size, frames, name = self._levels[level], _frames(way, level), f"{way} {level}"
        iterations = self._settings.iterations if level == 0 else 0
        dense = f"{name} dense" if iterations else name
        graph.add(
            DensifyPass(size, half=searched > level),
            f"densify {name}",
            **frames,
            patches=f"{way} {searched} found {self._settings.agreements}",
            **{f"flow_{axis}": f"{dense} {axis}" for axis in _AXES},
        )
        if iterations:
            add_refinement(graph, size, dense, frames, _UNCHANGED, name, iterations)


def _frames(way: str, level: int) -> dict[str, str]:
    here, there = _WAYS[way]
    return {"here": f"{here} {level}", "there": f"{there} {level}"}


def _packed(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The luma of a frame as its first level, with a margin: (height, width, 4) words of four pixels."""
    height, width = pixels.shape[:2]
    red, green, blue = (pixels[..., channel] for channel in range(3))
    luma = ((red * _RED + green * _GREEN + blue * _BLUE + np.uint16(128)) >> np.uint16(8)).astype(np.uint8)
    texels = packed_image((width, height)).width
    right = 4 * (texels + 3) - width - MARGIN
    padded = np.pad(luma, ((MARGIN, MARGIN), (MARGIN, right)), mode="edge")
    words: NDArray[np.uint32] = sliding_window_view(padded.view("<u4"), 4, axis=1)
    return words
