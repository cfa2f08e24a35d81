"""The sources besides the picture that effects read, by the names under which a chain receives them."""

from __future__ import annotations

from engine.effects.pass_builder import PassBuilder
from engine.errors import RequestError

FLOW = "flow"
"""Optical flow: x and y to the same place in the next frame, as shares of the height."""
FLOW_VALIDITY = "flow_validity"
"""Whether the flow is right, 0–1 in the first channel. Without it, the flow counts as right everywhere."""
DEPTH = "depth"
"""Depth in the first channel: metres, or a relative inverse depth from 0 (far) to 1 (near)."""

_MEANINGS = {FLOW: "the optical flow", DEPTH: "the depth"}


def require_source(passes: PassBuilder, name: str, kind: str) -> str:
    """The name, if the chain has this source. Raises RequestError, which says what to do, if it does not."""
    if name not in passes.specs:
        raise RequestError(
            f"The effect “{kind}” needs {_MEANINGS.get(name, 'a source')} of this picture, and there is none.",
            f"Takes have no {name} in this version: remove the effect “{kind}”.",
        )
    return name
