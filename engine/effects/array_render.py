"""Renders effects on arrays: for stills, for previews of looks, and to compare with other implementations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from engine.effects.chain import describe_chain
from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.render import Graph, Image, Plan, Spec, open_device

_PICTURE = "picture"
_FORMAT = "rgba32float"


def render_array(
    effects: Sequence[Effect],
    pixels: NDArray[np.float32],
    frame: FrameContext | None = None,
    masks: Mapping[str, NDArray[np.float32]] | None = None,
) -> NDArray[np.float32]:
    """The picture after the effects, computed in float32.

    `pixels` is scene-linear ACEScg, (height, width, 3), or 4 with premultiplied alpha; the result has its shape. Each
    mask, or other source such as a flow, has the shape (height, width) or (height, width, channels). `frame` is by
    default the first frame of this size. Raises KeyError if an effect reads a name that is missing.
    """
    height, width, channels = pixels.shape
    frame = frame or FrameContext(width, height)
    device = open_device()
    pictures = {_PICTURE: _opaque(pixels)} | {
        name: _opaque(mask if mask.ndim == 3 else mask[..., None]) for name, mask in (masks or {}).items()
    }
    specs: dict[str, Spec] = {name: Image(width, height, _FORMAT) for name in pictures}
    chain = describe_chain(effects, frame, _PICTURE, specs)
    if not chain.passes:
        return pixels.astype(np.float32)
    graph = Graph()
    for name, spec in specs.items():
        graph.source(name, spec)
    plan = Plan(device, graph, [chain.add_to(graph)])
    with ExitStack() as stack:
        sources = {name: stack.enter_context(device.load_picture(data, _FORMAT)) for name, data in pictures.items()}
        with plan.run({name: lease.resource for name, lease in sources.items()})[chain.result] as result:
            (made,) = device.fetch([result]).result()
    return np.ascontiguousarray(made[..., :channels])


def _opaque(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Four channels: a missing alpha is 1, other missing channels are 0."""
    height, width, channels = pixels.shape
    whole = np.zeros((height, width, 4), np.float32)
    whole[..., 3] = 1
    whole[..., :channels] = pixels
    return whole
