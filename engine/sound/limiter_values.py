"""A limiter's bounds and work, as recipes, reports and receipts store them."""

from __future__ import annotations

from pydantic import Field

from engine.catalog import FrozenModel

AUDIBLE_DB = 0.5
"""A limiter counts as working while it reduces the gain by more than this: about what a listener can notice."""


class LimiterBounds(FrozenModel):
    """How much a limiter may do: `most_db` of reduction; `share` of the time with a reduction over `AUDIBLE_DB`.

    With `most_db` 0 there is no limiter.
    """

    most_db: float = 0.0
    share: float = 0.05


NO_LIMITER = LimiterBounds()
"""Peaks are only kept under the ceiling by the gain."""


class LimiterWork(FrozenModel):
    """What a limiter did.

    `most_db` is its largest reduction, `share` the share of the time with a reduction over `AUDIBLE_DB`, `worst_second`
    the start of the second with the largest mean reduction, None without any. `curve` is the largest reduction in each
    100 ms, as a gain in dB; it is empty if there is none.
    """

    most_db: float = 0.0
    share: float = Field(default=0.0, ge=0, le=1)
    worst_second: float | None = None
    curve: tuple[float, ...] = ()

    @property
    def works(self) -> bool:
        """Whether the limiter reduced any sample."""
        return self.most_db > 0
