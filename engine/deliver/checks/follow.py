"""The check of a crop that follows the speakers."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.follow import followed_stretches, safe_frames
from engine.deliver.receipt import Check

_LEAST = 0.99


@check(
    "speaker-in-safe-area",
    "Speaker in the safe area",
    remedy="Set the crop by hand at these times: `cwtui reframe TAKE --at TIME --x 0.5`.",
)
def speaker_in_safe_area(finished: Finished) -> Iterator[Check]:
    """In a crop that follows the speakers, the speaker's face is inside the crop, 2 % of its width away from
    its edges, in at least 99 % of the frames. Interjections, which the crop does not follow, do not count. Below that,
    it is a warning: the crop may be as the user set it.
    """
    inside = total = 0
    for one in followed_stretches(finished.order):
        seen = safe_frames(one.follow, one.ticks)
        inside, total = inside + seen[0], total + seen[1]
    if total:
        share = inside / total
        yield Check(
            name="speaker in the safe area",
            passed=share >= _LEAST,
            warning=share < _LEAST,
            measured=f"{share:.1%} of {total} frames".replace("%", " %"),
            wanted=f"at least {_LEAST:.0%}".replace("%", " %"),
        )
