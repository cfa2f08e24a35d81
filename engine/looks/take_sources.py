"""The masks, the depth and the flow of a take, as looks read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from engine.effects import FLOW_VALIDITY, meaning_of, option_of
from engine.errors import RequestError
from engine.looks.look import Look
from engine.picture import LookSource
from engine.time import FrameGrid


class TakeSources(Protocol):
    """The sources of a take by their names, such as "person". They may be read by several threads, one at a time."""

    @property
    def names(self) -> Collection[str]:
        """The names of the sources that there are."""

    def load(self, name: str, time: Fraction, step: Fraction) -> LookSource:
        """The source of the frame at a time of the take's clock, in seconds.

        Flow is that until `step` seconds later. Where the source does not have the frame, its confidence is 0. Raises
        EngineError if it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class TakeMoments:
    """The times of a take's recorded frames that a grid shows, maybe faster or slower than they were recorded."""

    grid: FrameGrid

    def at(self, tick: int) -> tuple[Fraction, Fraction]:
        """The time of the frame that a tick shows, and that until the next one, in seconds as recorded."""
        last = len(self.grid.sources) - 1
        here, begin = min(max(tick, 0), last), min(max(tick, 0), max(last - 1, 0))
        step = self._time(min(begin + 1, last)) - self._time(begin)
        return self._time(here), step

    def nearest(self, seconds: Fraction) -> Fraction:
        """The time of the frame that is nearest to a time."""
        return self.grid.nearest_pts(seconds) * self.grid.time_base - self.grid.origin

    def _time(self, tick: int) -> Fraction:
        return self.grid.pts_at(tick) * self.grid.time_base - self.grid.origin


def load_sources(look: Look, sources: TakeSources | None, time: Fraction, step: Fraction) -> Mapping[str, LookSource]:
    """The sources that a look reads at a time. Raises RequestError if there is one that the take does not have."""
    if not look.reads:
        return {}
    require_sources(look, sources.names if sources else ())
    assert sources
    return {name: sources.load(name, time, step) for name in look.reads if name in sources.names}


def require_sources(look: Look, names: Collection[str], subject: str = "") -> None:
    """Raises RequestError, with the command that makes them, if a look reads a source that is not among `names`.

    `subject` is the take, by its label.
    """
    missing = [name for name in look.reads if name not in names and name != FLOW_VALIDITY]
    if missing:
        listed = " and ".join(meaning_of(name) for name in missing)
        raise RequestError(
            f"The look {look.name} reads {listed}; {subject or 'this take'} has none.",
            f"Make it: {perceive_command(missing, subject)}",
        )


def products_of(look: Look) -> tuple[str, ...]:
    """The products of a take that a look reads, as the options of `cwtui perceive` name them: "mask", "depth"."""
    return tuple(dict.fromkeys(option_of(name).removeprefix("--") for name in look.reads))


def perceive_command(names: Iterable[str], subject: str = "") -> str:
    """The command that makes sources of a take."""
    return " ".join(["cwtui perceive", subject or "TAKE", *dict.fromkeys(option_of(name) for name in names)])
