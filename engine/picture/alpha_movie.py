"""Movies with an alpha channel: ProRes 4444, for titles that another program puts over its pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import av.error
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from engine.atomic_files import partial, write_error
from engine.errors import Cancelled

AlphaMode = Literal["premultiplied", "straight"]
"""How colours are stored: multiplied by their alpha, over black; or unchanged."""

# BT.709 primaries, transfer function and matrix (H.273).
_REC709 = 1


def write_alpha_movie(
    path: Path,
    frames: Iterable[NDArray[np.uint8] | None],
    size: tuple[int, int],
    rate: Fraction,
    *,
    alpha: AlphaMode = "premultiplied",
    replace: bool = False,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> int:
    """Writes layers (height, width, 4), 8-bit RGBA with straight alpha, as a QuickTime movie; None is transparent.

    The pictures are BT.709, 10 bit 4:4:4, with 16 bits of alpha. A layer that is the same array as the one before is
    encoded once: its packet is repeated. Returns the number of frames.

    Raises EngineError (disk full), FileInTheWayError or Cancelled.
    """
    width, height = size
    empty = np.zeros((height, width, 4), np.uint8)
    count = 0
    last: NDArray[np.uint8] | None = None
    coded = b""
    with partial(path, replace=replace) as unfinished:
        try:
            options = {"movflags": "+faststart", "fflags": "+bitexact"}
            with av.open(str(unfinished), "w", format="mov", options=options) as movie:
                stream = movie.add_stream("prores_aw", rate=rate)
                stream.width, stream.height, stream.pix_fmt = width, height, "yuva444p10le"
                stream.time_base = 1 / rate
                context = stream.codec_context
                context.time_base, context.thread_type, context.options = 1 / rate, "SLICE", {"profile": "4"}
                context.color_primaries = context.color_trc = context.colorspace = _REC709
                context.color_range = ColorRange.MPEG
                context.bit_rate = 0
                for layer in frames:
                    if cancelled and cancelled():
                        raise Cancelled("Stopped.", "Render again.")
                    layer = empty if layer is None else layer
                    if last is not layer:
                        frame = _converted(layer, alpha)
                        frame.pts, frame.time_base = count, 1 / rate
                        # Slices of one frame are encoded at the same time, so that no frame is held back.
                        (packet,) = stream.encode(frame)
                        last, coded = layer, bytes(packet)
                    movie.mux(_packet(coded, count, stream))
                    count += 1
                    if progress:
                        progress(count)
            with unfinished.open("rb+") as file:
                os.fsync(file.fileno())
        except (av.error.FFmpegError, OSError) as error:
            raise write_error(path.name, error, "render again") from error
    return count


def _packet(coded: bytes, number: int, stream: Any) -> Any:
    packet: Any = av.Packet(coded)
    packet.stream, packet.time_base = stream, stream.codec_context.time_base
    packet.pts = packet.dts = number
    packet.duration, packet.is_keyframe = 1, True
    return packet


def _converted(layer: NDArray[np.uint8], alpha: AlphaMode) -> av.VideoFrame:
    if alpha == "premultiplied":
        layer = premultiplied(layer)
    frame = av.VideoFrame.from_ndarray(layer, format="rgba")
    return frame.reformat(
        format="yuva444p10le", dst_colorspace=Colorspace.ITU709, src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )  # fmt: skip


def premultiplied(layer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A layer whose code values are multiplied by their alpha, rounded."""
    rows = np.flatnonzero(layer[..., 3].any(axis=1))
    made = np.zeros_like(layer)
    if len(rows):
        # Only the rows in which something is seen.
        part = layer[rows[0] : rows[-1] + 1]
        share = part[..., 3:].astype(np.uint16)
        made[rows[0] : rows[-1] + 1, :, :3] = (part[..., :3] * share + 127) // 255
        made[rows[0] : rows[-1] + 1, :, 3] = part[..., 3]
    return made
