"""The check that captions which the recipe burns into the picture can be seen there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.deliver.checks.expected_captions import ExpectedCaption
from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check
from engine.time import format_short_time

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A caption is in the picture if its letters and their box correlate with it this much. Other pictures reach ±0.3.
_SEEN = 0.5
# An outline of this share of the font size makes letters stand out.
_OUTLINE = 0.05
_SHOWN = 3


@check(
    "burnt-captions",
    "Burnt-in captions",
    remedy="Deliver it again, and check the style of `picture.captions` in the recipe.",
)
def burnt_captions(finished: Finished) -> Iterator[Check]:
    """Captions that the recipe burns in are in the decoded picture, in the middle of their time: up to eight of them
    are drawn again and compared with it.
    """
    expected, picture = finished.expected_captions, finished.recipe.picture
    if expected and picture:
        kept, look = finished.movie.kept, picture.captions
        found = [(one, likeness(one, kept[one.frame])) for one in expected if one.frame in kept]
        yield judge_burnt(found, len(expected), stands_out=bool(look.box or look.outline >= _OUTLINE))


def likeness(expected: ExpectedCaption, shown: NDArray[np.float32]) -> float:
    """The correlation, -1 to 1, of the drawn caption with the luma (rows, columns) of the same part of a frame."""
    import numpy as np

    # Behind the caption, any picture; its own brightness there is the best guess.
    bare = expected.alpha < 0.05
    behind = float(np.median(shown[bare])) if np.count_nonzero(bare) > 16 else float(np.median(shown))
    wanted = expected.alpha * expected.luma + (1 - expected.alpha) * behind
    one, other = (part - part.mean() for part in (wanted, shown))
    size = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.sum(one * other)) / size if size else 0.0


def judge_burnt(found: Sequence[tuple[ExpectedCaption, float]], expected: int, *, stands_out: bool = True) -> Check:
    """The verdict on burnt-in captions: each that was looked for is there.

    Without a box or an outline, a caption may not stand out from its background: then it is a warning.
    """
    missing = [one for one, value in found if value < _SEEN]
    measured = f"{len(found) - len(missing)} of {expected} captions seen"
    if missing:
        places = [format_short_time(one.time, 1) for one in missing[:_SHOWN]]
        measured += f"; not at {', '.join(places)}"
        measured += f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    passed = not missing and len(found) == expected
    return Check(
        name="burnt-in captions",
        passed=passed,
        warning=not passed and not stands_out,
        measured=measured,
        wanted="each caption in the picture",
    )
