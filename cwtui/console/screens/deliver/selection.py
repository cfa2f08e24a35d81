"""The takes of a delivery."""

from __future__ import annotations

from cwtui.console.snapshot import Snapshot
from engine.catalog import Review, Take, select_takes


class DeliverySelection:
    """The kept takes as they are trimmed; without any, all takes but retakes. Unchanged lists are reused."""

    def __init__(self) -> None:
        self._of: Snapshot | None = None
        self._takes: list[tuple[Take, Review]] = []

    def takes_of(self, snapshot: Snapshot) -> list[tuple[Take, Review]]:
        """The selected takes of a snapshot with their reviews."""
        before, self._of = self._of, snapshot
        # Job progress changes neither takes nor reviews.
        if before and before.takes is snapshot.takes and before.reviews is snapshot.reviews:
            return self._takes
        takes = select_takes(snapshot.takes, {take.id: snapshot.review(take) for take in snapshot.takes}).takes
        now = [(take, snapshot.review(take)) for take in takes]
        if now != self._takes:
            self._takes = now
        return self._takes
