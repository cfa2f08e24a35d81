"""Converts decoded frames of any pixel format to planes for the GPU."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Picture
from engine.picture.planes import RGB, Planes, Siting, settled_matrix

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

# Planar little-endian formats with three planes of samples and an optional alpha plane.
_PLANAR = re.compile(r"^(?P<family>yuvj?a?|gbra?)(?P<step>420|422|444)?p(?P<bits>9|10|12|14|16)?(le)?$")
_STEPS = {"420": (1, 1), "422": (1, 0), "444": (0, 0), None: (0, 0)}
_LIMITED_RANGE, _FULL_RANGE = 1, 2  # AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG
_UNKNOWN = 2


def planes_of(frame: VideoFrame, picture: Picture, siting: Siting = "left") -> Planes:
    """The frame's samples without copying; unsupported formats are first converted to the nearest planar one.

    Range and matrix are the take's, or the frame's own if the take does not specify them.
    """
    matrix = picture.matrix if picture.matrix != _UNKNOWN else int(frame.colorspace)
    full = picture.full_range or int(frame.color_range) == _FULL_RANGE
    name = frame.format.name
    if name.startswith("gray"):
        # In FFmpeg, grey formats are full range unless the frame specifies otherwise.
        return _grey(frame, int(frame.color_range) != _LIMITED_RANGE)
    frame = planar(frame)
    form = _PLANAR.match(frame.format.name)
    assert form is not None
    if form["family"].startswith("gbr"):
        matrix, full = RGB, True
    elif matrix == RGB:
        matrix = _UNKNOWN
    full = full or form["family"].startswith("yuvj")
    bits = int(form["bits"] or 8)
    first, second, third = (_samples(plane, bits) for plane in frame.planes[:3])
    opacity = _opacity(frame, bits) if form["family"].endswith("a") else None
    settled = settled_matrix(matrix, frame.width, frame.height)
    return Planes(
        (first, second, third), frame.width, frame.height, bits, _STEPS[form["step"]], settled, full, siting, opacity
    )


def _opacity(frame: VideoFrame, bits: int) -> NDArray[np.float32] | None:
    """The alpha plane as 0–1; None if every pixel is opaque."""
    codes = _samples(frame.planes[3], bits)[: frame.height, : frame.width]
    opaque = (1 << bits) - 1
    return None if codes.min(initial=opaque) == opaque else codes.astype(np.float32) / np.float32(opaque)


def planar(frame: VideoFrame) -> VideoFrame:
    """The frame itself if it is planar, else converted to the nearest planar format."""
    name = frame.format.name
    return frame if _PLANAR.match(name) or name.startswith("gray") else frame.reformat(format=_nearest_planar(frame))


def _samples(plane: VideoPlane, bits: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    held = np.frombuffer(memoryview(plane), np.uint8)
    rows = held[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)
    if plane.line_size % 4:
        rows = np.pad(rows, ((0, 0), (0, -plane.line_size % 4)))
    return rows.view(np.uint16) if bits > 8 else rows


def _grey(frame: VideoFrame, full: bool) -> Planes:
    """Luma only, with 4:2:0 chroma planes of neutral value."""
    bits = max(component.bits for component in frame.format.components)
    if bits not in (8, 10, 12, 14, 16) or frame.format.is_big_endian:
        frame, bits = frame.reformat(format="gray16le" if bits > 8 else "gray"), 16 if bits > 8 else 8
    luma = _samples(frame.planes[0], bits)
    middle = np.full(((frame.height + 1) // 2, -(-frame.width // 8) * 4), 1 << (bits - 1), luma.dtype)
    return Planes((luma, middle, middle), frame.width, frame.height, bits, (1, 1), 1, full)


def _nearest_planar(frame: VideoFrame) -> str:
    form = frame.format
    bits = max(component.bits for component in form.components)
    depth = next(f"{held}le" if held > 8 else "" for held in (8, 10, 12, 16) if bits <= held or held == 16)
    alpha = "a" if any(component.is_alpha for component in form.components) else ""
    if form.is_rgb or form.has_palette or (alpha and len(form.components) == 2):
        return f"gbr{alpha}p{depth}"
    across, down = 64 // form.chroma_width(64), 64 // form.chroma_height(64)
    if across == 1:
        return f"yuv{alpha}444p{depth}"
    return f"yuv{alpha}42{0 if down > 1 else 2}p{depth}"
