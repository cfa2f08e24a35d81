"""The check of burnt-in captions and titles that the interface of a platform might cover."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check
from engine.deliver.safe_zone import safe_zone_results
from engine.deliver.title_zone import title_zone_results


@check(
    "safe-zone",
    "Captions and titles in the safe zone",
    remedy="Shorten the captions or titles, or choose a smaller `picture.captions.size` in the recipe.",
)
def safe_zone(finished: Finished) -> Iterator[Check]:
    """The longest captions that are burnt into an upright picture lie outside the interface of the recipe's platform.
    The captions are drawn again for this, with the layout that `burnt-captions` compares with the file's own picture.
    The texts of the titles of a cut lie there, too: one that does not fit there gives a warning.
    """
    yield from safe_zone_results(finished.order)
    yield from title_zone_results(finished.order, date.today())
