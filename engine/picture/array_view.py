"""Shows scene-linear arrays as an SDR deliverable does, on the GPU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.picture.choices import View
from engine.picture.gpu_conformance import require_conformant_device
from engine.picture.passes import ViewPass
from engine.render import SCENE, Graph, Image, Plan, open_device

_ROWS = 1024


def view_rgb8_of(acescg: NDArray[np.float16], view: View = "sdr") -> NDArray[np.uint8]:
    """Display code values of ACEScg half floats (height, width, 3) by the ACES 2.0 view, rounded to uint8.

    Raises EngineError on a GPU whose colours differ from the CPU's.
    """
    require_conformant_device([view])
    device = open_device()
    height, width = acescg.shape[:2]
    codes = np.empty((height, width, 3), np.uint8)
    plans: dict[int, Plan] = {}
    for top in range(0, height, _ROWS):
        rows = acescg[top : top + _ROWS]
        light = np.ones((len(rows), width, 4), np.float16)
        light[..., :3] = rows
        if len(rows) not in plans:
            graph = Graph()
            graph.source("scene", Image(width, len(rows), SCENE))
            graph.add(ViewPass(view, "rgba8unorm"), picture="scene")
            plans[len(rows)] = Plan(device, graph, ["display"])
        with (
            device.load_picture(light, SCENE) as scene,
            plans[len(rows)].run({"scene": scene.resource})["display"] as shown,
        ):
            (pixels,) = device.fetch([shown]).result()
        codes[top : top + _ROWS] = pixels[..., :3]
    return codes
