"""The record of a product over a take: its confidence and stability by frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FrameQuality:
    """How far a frame's product can be relied on.

    `confidence` is 0 to 1, changes slowly, and scales the strength of effects that use the product, so that they fade
    and never pop. `keyframe`: a provider made the product; otherwise it was warped. `reset`: a shot begins here.
    `reasons` say why the frame is not stable, in words for the report; empty: it is. `measures` are by name, such as
    "warp_iou", "coverage_jump" and "flow_px".
    """

    number: int
    confidence: float
    keyframe: bool = False
    reset: bool = False
    reasons: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def stable(self) -> bool:
        """Whether nothing speaks against the frame."""
        return not self.reasons
