"""Frames that an output shows as they were recorded: their own codes, without the GPU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.catalog import Encoding, Picture
from engine.picture.as_shot import conversion_of
from engine.picture.choices import Rendering
from engine.picture.encoders import TAGS
from engine.picture.frame_graphs import OutputSpec
from engine.picture.planes import Planes, YuvPlanes

_STEPS = {"420": (1, 1), "422": (1, 0)}


@dataclass(frozen=True, slots=True)
class FinishedOutput:
    """A frame that needs no rendering; used as `PendingOutput`."""

    planes: YuvPlanes

    def result(self) -> YuvPlanes:
        """The frame."""
        return self.planes


def is_shown_unchanged(picture: Picture, transform: Encoding, spec: OutputSpec, rendering: Rendering) -> bool:
    """Whether an output has the encoding, the primaries, the size and the orientation of a picture."""
    conversion = conversion_of(transform, spec.view, rendering)
    if conversion is None or conversion.target is not conversion.source:
        return False
    if picture.rotation % 360 or picture.mirrored:
        return False
    if (picture.display_width, picture.display_height) != (spec.width, spec.height):
        return False
    return np.array_equal(conversion.matrix(picture.primaries), np.eye(3))


def recorded_codes(planes: Planes, spec: OutputSpec) -> YuvPlanes | None:
    """The samples of a frame for an encoder of `spec`, without a copy.

    None if their size, depth, range, matrix, subsampling or chroma siting is not that of the output.
    """
    if planes.is_float or planes.full_range or planes.alpha is not None:
        return None
    if (planes.width, planes.height, planes.bit_depth) != (spec.width, spec.height, spec.bit_depth):
        return None
    form = (planes.matrix, planes.subsampling, planes.siting)
    if form != (TAGS[spec.view][2], _STEPS[spec.chroma], "left"):
        return None
    columns = (spec.width + 1) // 2
    rows = (spec.height + 1) // 2 if spec.chroma == "420" else spec.height
    luma, cb, cr = planes.samples
    return YuvPlanes(luma[: spec.height, : spec.width], cb[:rows, :columns], cr[:rows, :columns], spec.bit_depth)


def black_codes(spec: OutputSpec) -> YuvPlanes:
    """A black frame for an encoder of `spec`."""
    kind = np.uint16 if spec.bit_depth > 8 else np.uint8
    code = 1 << (spec.bit_depth - 8)
    columns = (spec.width + 1) // 2
    rows = (spec.height + 1) // 2 if spec.chroma == "420" else spec.height
    neutral = np.full((rows, columns), 128 * code, kind)
    return YuvPlanes(np.full((spec.height, spec.width), 16 * code, kind), neutral, neutral, spec.bit_depth)
