"""The takes that a delivery is of, and the same delivery from the command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from cwtui.console.snapshot import Snapshot
from engine.catalog import Review, Take, select_takes


class DeliverySelection:
    """The kept takes as they are trimmed, all but retakes where none was kept; the same list until it is another."""

    def __init__(self) -> None:
        self._of: Snapshot | None = None
        self._takes: list[tuple[Take, Review]] = []

    def takes_of(self, snapshot: Snapshot) -> list[tuple[Take, Review]]:
        """What is chosen in a studio as it stands."""
        before, self._of = self._of, snapshot
        # A job that tells how far it is changes neither.
        if before and before.takes is snapshot.takes and before.reviews is snapshot.reviews:
            return self._takes
        takes = select_takes(snapshot.takes, {take.id: snapshot.review(take) for take in snapshot.takes}).takes
        now = [(take, snapshot.review(take)) for take in takes]
        if now != self._takes:
            self._takes = now
        return self._takes


def deliver_command(recipe: str, takes: Sequence[tuple[Take, Review]], project: str | None) -> str:
    """What delivers the same from the command line, where takes are delivered as they are trimmed, too."""
    chosen = [str(take.number) for take, _ in takes]
    return shlex.join(["cwtui", "deliver", recipe, *chosen, *(["-p", project] if project else [])])
