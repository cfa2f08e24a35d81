"""The stretches of a take that become deliverables: its kept ranges."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from engine.catalog import KeptRange, Review, Take
from engine.deliver import stretch_label


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch that becomes a deliverable, in seconds: its name in messages, and the label of its files."""

    name: str
    label: str
    start: Fraction
    end: Fraction | None


def take_stretches(take: Take, review: Review) -> list[Stretch]:
    """The stretches of a take that are delivered.

    Several kept ranges are numbered, so that their files sort. The files of a single one have its times in their names.
    """
    ranges = review.ranges or (KeptRange(),)
    if len(ranges) == 1:
        start, end = ranges[0].start or Fraction(0), ranges[0].end
        return [Stretch(take.label, stretch_label(take.label, start, end), start, end)]
    digits = len(str(len(ranges)))
    numbered = ((f"{take.label}-{number:0{digits}}", one) for number, one in enumerate(ranges, 1))
    return [Stretch(name, name, one.start or Fraction(0), one.end) for name, one in numbered]
