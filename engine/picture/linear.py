"""Renders frames as scene-linear ACEScg, of a take or of several takes that are mixed in this light."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from engine.catalog import Encoding, Picture
from engine.picture.color import Floats
from engine.picture.compositor import Layer
from engine.picture.frame_graphs import InputGraph, Overlay
from engine.picture.look_graph import LookGraphs, LookTarget
from engine.picture.overlay_light import over
from engine.picture.pipeline import Pipeline, require_conformance
from engine.picture.planes import Planes
from engine.picture.scaling import place
from engine.picture.scene_look import SceneLook
from engine.render import Device, open_device


class LinearPipeline:
    """The frames of one take as ACEScg at their own size, upright, with a look; (height, width, 3), or 4 with alpha."""

    def __init__(self, picture: Picture, transform: Encoding, look: SceneLook | None = None) -> None:
        self._pipeline = Pipeline(picture, transform, look=look)

    def stream(self, frames: Iterable[tuple[Planes, Overlay | None]], first_frame: int = 0) -> Iterator[Floats]:
        """The light of each frame. There are no overlays."""
        for number, (planes, _) in enumerate(frames, first_frame):
            yield self._pipeline.linear_with_alpha(planes, number)


class LinearCompositor:
    """Frames of (width, height) from layers, as ACEScg: each picture is whole inside the frame, the rest is black."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._graphs: dict[Any, InputGraph] = {}

    def stream(
        self, frames: Iterable[tuple[Sequence[Layer], Overlay | None]], first_frame: int = 0
    ) -> Iterator[Floats]:
        """The sum of the layers' light by their shares, below the overlay, (height, width, 3)."""
        for number, (layers, overlay) in enumerate(frames, first_frame):
            light = self._mixed(layers, number)
            yield light if overlay is None else over(light, overlay)

    @cached_property
    def _device(self) -> Device:
        return open_device()

    @cached_property
    def _looks(self) -> LookGraphs:
        return LookGraphs(self._device)

    def _mixed(self, layers: Sequence[Layer], number: int) -> Floats:
        width, height = self._size
        light = np.zeros((height, width, 3), np.float32)
        for layer in layers:
            spot = place((layer.picture.display_width, layer.picture.display_height), self._size, "fit")
            frame = light if layer.reveal is None else np.zeros_like(light)
            part = frame[spot.y : spot.y + spot.height, spot.x : spot.x + spot.width]
            part += np.float32(layer.share) * self._shown(layer, number)
            if layer.reveal:
                light += layer.reveal.applied(frame)
        return light

    def _shown(self, layer: Layer, number: int) -> Floats:
        picture = layer.picture
        size = (picture.display_width, picture.display_height)
        turned = (picture.rotation, picture.mirrored, picture.primaries)
        key = (size, turned, layer.transform, layer.planes.layout)
        spot = place(size, self._size, "fit")
        if key not in self._graphs:
            require_conformance(layer.transform, "linear")
            self._graphs[key] = InputGraph(self._device, layer.planes, picture, layer.transform, "linear", spot)
        # A frame of the film has no alpha: what is transparent is black.
        graph, planes = self._graphs[key], layer.planes.over_black()
        if layer.look is None:
            pixels = graph.read(planes)
        else:
            target = LookTarget.of("linear", layer.transform, picture)
            pixels = self._looks.read(graph, planes, (spot.width, spot.height), layer.look, number, target)
        light: Floats = pixels[..., :3].astype(np.float32)
        return light
