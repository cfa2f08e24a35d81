"""The joins between parts of a picture that different devices rendered, compared with renders of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.deliver.rendered_parts import RenderedPart, Seam, seam_frames
from engine.errors import EngineError
from engine.picture import FrameSource, PictureFormat, flip_of_frames

# By so much may the FLIP of two frames at a join differ. The encoder's own loss is on both sides.
_LIMIT = 0.05


def check_seams(
    movie: Path, parts: Sequence[RenderedPart], pictures: FrameSource, wanted: PictureFormat
) -> tuple[Seam, ...]:
    """The seams of a movie; none if one device rendered it. Renders the last frame before and the first after each.

    Raises EngineError if the picture changes visibly at one.
    """
    found = []
    for frame in seam_frames(parts):
        rendered = pictures(range(frame - 1, frame + 1))
        before, after = flip_of_frames(movie, frame - 1, rendered, wanted.rate, wanted.view)
        if abs(after - before) > _LIMIT:
            device = next(part.device for part in parts if part.first == frame)
            raise EngineError(
                f"The picture changes visibly at frame {frame}, where {device} continues: FLIP is {before:.3f} "
                f"before and {after:.3f} after it.",
                "Deliver it without --mixed.",
            )
        found.append(Seam(frame=frame, before=round(before, 4), after=round(after, 4)))
    return tuple(found)
