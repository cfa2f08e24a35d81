"""The check that the titles of a film are visible beside the interface of a platform."""

from __future__ import annotations

from datetime import date

from engine.deliver.cut_request import CutRequest
from engine.deliver.cut_titles import CutTitles, covered_margins
from engine.deliver.receipt import Check
from engine.deliver.request import Programme
from engine.deliver.safe_zone import describe_free, safe_zone
from engine.time import format_time

_SHOWN = 3


def title_zone_results(order: Programme, today: date) -> list[Check]:
    """Where the texts, counters, bars and images of titles are at rest; one outside the safe zone gives a warning.

    Empty without titles or a safe zone, and if the recipe does not keep to it.
    """
    size = order.frame_size
    if not isinstance(order, CutRequest) or size is None or not order.cut.titles:
        return []
    zone, covered = safe_zone(order.recipe, size), covered_margins(order.recipe, size)
    if zone is None or covered is None:
        return []
    titles, (width, height), rate = CutTitles(order.cut, size, order.cues, covered), size, order.cut.rate
    free, outside, shown = [1.0, 1.0, 1.0, 1.0], [], 0
    for number, title in enumerate(order.cut.titles, 1):
        blocks = [block for one in titles.renderers(title) if (block := one.block).height]
        places = [
            (
                block.y / height,
                1 - (block.y + block.height) / height,
                block.x / width,
                1 - (block.x + block.width) / width,
            )
            for block in blocks
        ]
        free = [min(shares) for shares in zip(free, *places, strict=True)]
        shown += bool(places)
        if not all(zone.contains(place, size) for place in places):
            outside.append(f"{number} at {format_time(title.start / rate, 1)}")
    if not shown:
        return []
    measured = f"{describe_free(free)}, in {shown} title{'s' if shown > 1 else ''}"
    if outside:
        more = f" and {len(outside) - _SHOWN} more" if len(outside) > _SHOWN else ""
        measured += f"; outside: title {', '.join(outside[:_SHOWN])}{more}"
    return [
        Check(
            name="titles in the safe zone",
            passed=not outside,
            warning=bool(outside),
            measured=measured,
            wanted=zone.describe(today),
        )
    ]
