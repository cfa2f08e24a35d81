"""What is known of numbered frames when they have been written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.picture import PictureContent


@dataclass(frozen=True, kw_only=True)
class WrittenFrames:
    """The numbered frames in `folder` beside their list, by their `names`.

    `digests` are the SHA-256 and the digest of the samples by name, as they were written. `size` is the width and the
    height in pixels, `source` the content of the source's frames. `cancelled` stops the reading of the frames.
    """

    folder: str
    names: Sequence[str]
    digests: Mapping[str, tuple[str, str]]
    size: tuple[int, int]
    rate: Fraction | None
    source: PictureContent
    cancelled: Callable[[], bool] | None = None
