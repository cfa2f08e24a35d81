"""The moving crop of a take, as a delivery uses it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.perception import FollowPlan, SpeakerFace, TakeFaces
    from engine.picture import CropWindow


@dataclass(frozen=True, slots=True)
class FollowedTake:
    """The planned crop of a take, with the faces and speakers that it follows.

    `speed` is the number of seconds of the take in a second of the footage's clock: less than 1 in slow motion. `keys`
    is the number of the user's keys; `notes` say what the plan lacks.
    """

    faces: TakeFaces
    plan: FollowPlan
    speakers: tuple[SpeakerFace, ...] = ()
    speed: Fraction = Fraction(1)
    keys: int = 0
    notes: tuple[str, ...] = ()

    def at(self, time: Fraction) -> CropWindow:
        """The crop at a time on the footage's clock."""
        return self.plan.path.at(time * self.speed)

    def slower(self, by: int) -> FollowedTake:
        """The same for footage that is shown `by` times slower."""
        return replace(self, speed=self.speed / by)

    def ticks(self, start: Fraction, end: Fraction) -> range:
        """The ticks of the take between two times on the footage's clock."""
        rate = self.plan.path.rate
        first, last = (round(time * self.speed * rate) for time in (start, end))
        return range(max(first, 0), min(max(last, first + 1), len(self.plan.path.x)))
