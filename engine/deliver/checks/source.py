"""The check that the source of a delivery is whole."""

from __future__ import annotations

from collections.abc import Iterator

from engine.catalog import describe_damage
from engine.deliver.checks.finished import Finished
from engine.deliver.checks.kinds import KINDS
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check


@check(
    "source-complete",
    "Source complete",
    remedy="Copy the footage again from the camera, or deliver an undamaged stretch with --from and --to.",
    applies_to=KINDS,
)
def source_complete(finished: Finished) -> Iterator[Check]:
    """The delivered stretch of the source is present and decodes."""
    if finished.main:
        damage = [describe_damage(one) for one in finished.damage]
        yield Check(
            name="source complete",
            passed=not damage,
            accepted=bool(damage) and finished.accepted,
            measured=damage or "whole",
            wanted="complete and decodable",
        )
