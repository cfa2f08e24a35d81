"""The decisions about a take as they are read from the catalog."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Literal

from pydantic import computed_field

from engine.catalog.media import Exact, FrozenModel
from engine.catalog.ranges import KeptRange, Span
from engine.time import format_time

Verdict = Literal["keep", "retake"]


class Review(FrozenModel):
    """The decisions about a take. Without `ranges` all of it is kept.

    `starts` and `ends` are the trim of a take with one range, in seconds; of several ranges they are the first in
    point and the last out point. None is the take's own start or end.
    """

    take_id: str
    verdict: Verdict | None = None
    star: bool = False
    retake_of: str | None = None
    ranges: tuple[KeptRange, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def starts(self) -> Exact | None:
        """The first in point."""
        return self.ranges[0].start if self.ranges else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def ends(self) -> Exact | None:
        """The last out point."""
        return self.ranges[-1].end if self.ranges else None

    def spans(self, duration: Fraction) -> tuple[Span, ...]:
        """The kept parts of a take of `duration` seconds; all of it without ranges."""
        return tuple(one.span(duration) for one in self.ranges or (KeptRange(),))


class Marker(FrozenModel):
    """A marker in a take; `at` is in seconds on the take's clock."""

    id: int
    take_id: str
    at: Exact
    label: str = ""

    @property
    def clock(self) -> str:
        """The marker's time as HH:MM:SS.hh (hundredths)."""
        return format_time(self.at, 2)


class RetakeCue(FrozenModel):
    """A retake cue from the teleprompter: the time (UTC) and the line of the script."""

    id: int
    project_id: str
    at: datetime
    line: str
