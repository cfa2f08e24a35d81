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

PERSON = "person"
"""The mask of the people: 1 in the first channel where there is one."""

MASKS = (PERSON,)
"""The masks that takes have."""

_MEANINGS = {FLOW: "the optical flow", DEPTH: "the depth", PERSON: "the mask of the people"}
_OPTIONS = {FLOW: "--flow", FLOW_VALIDITY: "--flow", DEPTH: "--depth", PERSON: "--mask"}


def require_source(passes: PassBuilder, name: str, kind: str) -> str:
    """The name of its picture, if the chain has this source. Raises RequestError, which says what to do, if not."""
    if name not in passes.specs:
        raise RequestError(
            f"The effect “{kind}” needs {meaning_of(name)} of this picture, and there is no {name}.",
            f"Make it: cwtui perceive TAKE {option_of(name)}",
        )
    return passes.source(name)


def meaning_of(name: str) -> str:
    """What a source is, in words."""
    return _MEANINGS.get(name, f"the mask “{name}”")


def option_of(name: str) -> str:
    """The option of `cwtui perceive` that makes a source."""
    return _OPTIONS.get(name, "--mask")
