"""Selection of a project's takes for delivery, shared by the console and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.catalog.records import Take
from engine.catalog.review_records import Review

Rule = Literal["usual", "kept", "all"]


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected takes and the others, each in the given order, and the reason.

    `ranges` is the number of deliverables of a recipe: each kept range of a take is one, and so is a whole take.
    """

    takes: tuple[Take, ...]
    left_out: tuple[Take, ...]
    reason: str
    ranges: int

    def as_json(self) -> dict[str, Any]:
        """Return the selection as JSON, with the takes' labels."""
        return {
            "takes": [take.label for take in self.takes],
            "left_out": [take.label for take in self.left_out],
            "reason": self.reason,
            "ranges": self.ranges,
        }


def select_takes(takes: Sequence[Take], reviews: Mapping[str, Review], rule: Rule = "usual") -> Selection:
    """Select the takes for a delivery; `reviews` are by take id.

    "usual" selects the kept takes, or all except retakes if none is kept; "kept" only the kept ones; "all" every take.
    Observations, which have no frames and no sound, are left out.
    """
    recordings = [take for take in takes if take.probe.observation is None]
    verdicts = {take.id: review.verdict for take in recordings if (review := reviews.get(take.id))}
    kept = {take.id for take in recordings if verdicts.get(take.id) == "keep"}
    if rule == "all":
        chosen, reason = {take.id for take in recordings}, "all takes"
    elif rule == "kept" or kept:
        chosen, reason = kept, "kept takes"
    else:
        chosen = {take.id for take in recordings if verdicts.get(take.id) != "retake"}
        reason = (
            "no take is kept: all except retakes" if len(chosen) < len(recordings) else "no take is kept: all takes"
        )
    selected = tuple(take for take in takes if take.id in chosen)
    return Selection(
        selected,
        tuple(take for take in takes if take.id not in chosen),
        reason,
        sum(len(reviews[take.id].ranges) or 1 if take.id in reviews else 1 for take in selected),
    )
