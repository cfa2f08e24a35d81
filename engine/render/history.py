"""Results of earlier runs as inputs of passes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class History:
    """A wire to the result `name` of an earlier run of the plan, `frames` runs ago.

    A result that does not exist yet, at the start and after `Plan.reset_history`, is all zeros: a transparent picture.
    """

    name: str
    frames: int = 1

    @property
    def key(self) -> str:
        """Its own name in the graph."""
        return f"{self.name}, {self.frames} ago"
