"""Runs the passes of optical flow for frames of one size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.perception.flow.passes import (
    CheckPass,
    DensifyPass,
    HalvePass,
    PackPass,
    SearchPass,
    packed_image,
)
from engine.perception.flow.quality import FlowSettings, level_sizes
from engine.render import Device, Graph, Image, Lease, Plan

_WAYS = {"onward": ("a", "b"), "back": ("b", "a")}


class FlowField:
    """The plans for frames of one size: one for the pyramid of a frame, one for the flow between two pyramids."""

    def __init__(self, device: Device, size: tuple[int, int], settings: FlowSettings) -> None:
        self._device = device
        self._size = size
        self._settings = settings
        self._levels = level_sizes(size)
        self._finest = min(settings.finest, len(self._levels) - 1)
        self._pyramid = self._pyramid_plan()
        self._flow = self._flow_plan()

    def pyramid(self, luma: NDArray[np.float32]) -> dict[int, Lease]:
        """The searched levels of a frame, which the caller must release. `luma` is (height, width), 0 to 255."""
        with self._device.load_picture(luma[..., None], "r32float") as picture:
            made = self._pyramid.run({"luma": picture.resource})
        return {int(name.removeprefix("level ")): lease for name, lease in made.items()}

    def between(self, first: dict[int, Lease], second: dict[int, Lease]) -> list[NDArray[Any]]:
        """Forward and backward flow and the validity of the forward one, each (height, width, channels)."""
        sources = {f"a {level}": lease.resource for level, lease in first.items()}
        sources |= {f"b {level}": lease.resource for level, lease in second.items()}
        made = self._flow.run(sources)
        pending = self._device.fetch([made[name] for name in ("forward", "backward", "validity")])
        for lease in made.values():
            lease.release()
        return pending.result()

    def _pyramid_plan(self) -> Plan:
        graph = Graph()
        graph.source("luma", Image(*self._size, "r32float"))
        graph.add(PackPass(), "pack", packed="level 0")
        for level, size in enumerate(self._levels[1:], 1):
            graph.add(HalvePass(size), f"halve {level}", packed=f"level {level - 1}", halved=f"level {level}")
        return Plan(self._device, graph, [f"level {level}" for level in range(self._finest, len(self._levels))])

    def _flow_plan(self) -> Plan:
        settings = self._settings
        graph = Graph()
        coarsest = len(self._levels) - 1
        for level in range(self._finest, coarsest + 1):
            for frame in ("a", "b"):
                graph.source(f"{frame} {level}", packed_image(self._levels[level]))
        for level in range(coarsest, self._finest - 1, -1):
            size = self._levels[level]
            for way, (here, there) in _WAYS.items():
                first = level == coarsest
                wires = {"here": f"{here} {level}", "there": f"{there} {level}"}
                graph.add(
                    SearchPass(size, settings.stride, settings.steps, first=first),
                    f"search {way} {level}",
                    coarse=wires["here"] if first else f"{way} {level + 1}",
                    patches=f"patches {way} {level}",
                    **wires,
                )
                graph.add(
                    DensifyPass(size, settings.stride),
                    f"densify {way} {level}",
                    patches=f"patches {way} {level}",
                    flow=f"{way} {level}",
                    **wires,
                )
        graph.add(
            CheckPass(self._size, self._finest), "check", onward=f"onward {self._finest}", back=f"back {self._finest}"
        )
        return Plan(self._device, graph, ["forward", "backward", "validity"])
