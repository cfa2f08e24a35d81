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

    def at(self, time: Fraction) -> CropWindow | None:
        """The crop at a time on the footage's clock; None if it is always the whole picture."""
        return None if self._is_whole else self.plan.path.at(time * self.speed)

    def slower(self, by: int) -> FollowedTake:
        """The same for footage that is shown `by` times slower."""
        return replace(self, speed=self.speed / by)

    @property
    def _is_whole(self) -> bool:
        return self.plan.shares == (1.0, 1.0) and float(self.plan.path.zoom.max()) == 1

    def ticks(self, start: Fraction, end: Fraction) -> range:
        """The ticks of the take between two times on the footage's clock."""
        rate = self.plan.path.rate
        first, last = (round(time * self.speed * rate) for time in (start, end))
        return range(max(first, 0), min(max(last, first + 1), len(self.plan.path.x)))
