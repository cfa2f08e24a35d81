"""How a track is made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """The keyframes of a track, and the limits of what counts as stable.

    `slowest` and `fastest` are keyframes a second: there are more where more moves. `longest_gap` limits the frames
    from one keyframe to the next, and with it the memory. `travel` is the motion, as a share of the height, after which
    a keyframe is due.

    A frame is unstable if the mask and the previous one, warped, have an IoU below `warp_iou`, if the share of the
    picture that the person covers changes by more than `coverage_jump`, or if the mean motion exceeds `flow_px` pixels
    of a picture of 1080 lines. A depth is unstable if it differs by more than `depth_jump` of its range from the
    previous one, warped. Confidence changes by `confidence_step` a frame at most, except at a cut.

    `foreground` also estimates the colour of the person, which takes longer than the mask.
    """

    slowest: float = 2
    fastest: float = 5
    longest_gap: int = 24
    travel: float = 0.08
    warp_iou: float = 0.85
    coverage_jump: float = 0.15
    flow_px: float = 25
    depth_jump: float = 0.02
    confidence_step: float = 1 / 12
    foreground: bool = False
