"""The encoder's planes of scene-linear light on the GPU, through a look and a view."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding
from engine.picture.frame_graphs import OutputGraph, OutputSpec, display_codes, display_pass
from engine.picture.gpu_conformance import require_conformant_device
from engine.picture.look_graph import LookGraphs, LookTarget
from engine.picture.planes import YuvPlanes
from engine.picture.scaling import place
from engine.picture.scene_look import SceneLook
from engine.render import SCENE, Commands, Device, Graph, Image, Lease, Plan


class LightOutput:
    """Converts pictures in ACEScg half floats that have the size of `spec`. Raises EngineError on a GPU whose colours
    differ from the reference."""

    def __init__(self, device: Device, spec: OutputSpec, look: SceneLook | None = None) -> None:
        require_conformant_device([spec.view])
        self._device, self._spec, self._look = device, spec, look
        size = (spec.width, spec.height)
        self._output = OutputGraph(device, place(size, size, "fill"), spec)
        self._looks = LookGraphs(device)
        graph = Graph()
        graph.source("light", Image(*size, SCENE))
        graph.add(display_pass(spec.view, 0, device.display), picture="light")
        self._view = Plan(device, graph, ["display"])

    def planes(self, light: Lease, number: int) -> YuvPlanes:
        """The planes of the frame `number`. The caller releases `light`."""
        with self._device.commands() as commands, self._shown(light, number, commands) as display:
            pending = self._output.begin(display, None, number, commands)
        return pending.result()

    def rgb8(self, light: Lease, number: int) -> NDArray[np.uint8]:
        """The code values of the frame, rounded to uint8, (height, width, 3)."""
        with self._device.commands() as commands, self._shown(light, number, commands) as display:
            pending = self._device.fetch([display], into=commands)
        (pixels,) = pending.result()
        codes: NDArray[Any] = np.rint(np.clip(display_codes(pixels), 0, 1) * 255)
        return codes.astype(np.uint8)

    def _shown(self, light: Lease, number: int, commands: Commands) -> Lease:
        spec = self._spec
        if self._look is None:
            return self._view.run({"light": light.resource}, into=commands)["display"]
        target = LookTarget(spec.view, Encoding.EXR, 2)
        return self._looks.apply(light, (spec.width, spec.height), self._look, number, target, commands)
