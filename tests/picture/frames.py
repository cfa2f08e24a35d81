"""Synthetic frames and footage for the picture tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture import Planes
from engine.picture.scaling import Axis


def picture(
    width: int,
    height: int,
    encoding: Encoding,
    *,
    rotation: int = 0,
    mirrored: bool = False,
    **more: Any,
) -> Picture:
    """The probe's picture for such footage."""
    upright = (height, width) if rotation % 180 else (width, height)
    return Picture(
        index=0,
        codec="test",
        pixel_format="test",
        width=width,
        height=height,
        display_width=upright[0],
        display_height=upright[1],
        rotation=rotation,
        mirrored=mirrored,
        frame_rate=Fraction(24),
        frames=1,
        encoding=encoding,
        input_transform=encoding,
        **more,
    )


def rgb_planes(rgb: NDArray[Any]) -> Planes:
    """R′G′B′ 0–1 as 16-bit full-range RGB planes."""
    codes = np.rint(np.clip(rgb, 0, 1) * 65535).astype(np.uint16)
    red, green, blue = (np.ascontiguousarray(codes[..., channel]) for channel in range(3))
    return Planes((green, blue, red), rgb.shape[1], rgb.shape[0], 16)


def linear_planes(acescg: NDArray[Any]) -> Planes:
    """Scene-linear ACEScg planes, as from an EXR frame."""
    red, green, blue = (np.ascontiguousarray(acescg[..., channel], np.float32) for channel in range(3))
    return Planes((green, blue, red), acescg.shape[1], acescg.shape[0], 32)


def write_film(
    path: Path,
    frames: Sequence[NDArray[Any]],
    form: str,
    codec: str = "ffv1",
    times: Sequence[int] | None = None,
    **options: str,
) -> list[int]:
    """Writes frames (PyAV arrays in `form`) and returns their time stamps in 1/600 s."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24, options=options)
        stream.pix_fmt = form
        stream.height, stream.width = frames[0].shape[0], frames[0].shape[1]
        if form.startswith("yuv420p"):
            stream.height = frames[0].shape[0] * 2 // 3
        stream.codec_context.time_base = Fraction(1, 600)
        for number, array in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(array, format=form)
            frame.pts = times[number] if times else number * 25
            frame.time_base = Fraction(1, 600)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        return [frame.pts for frame in container.decode(video=0) if frame.pts is not None]


def scaled(samples: NDArray[Any], axis: Axis) -> NDArray[Any]:
    """Scales an array's first axis by `axis` with numpy."""
    taken = samples[axis.first[:, None].astype(np.int64) + np.arange(axis.taps)]
    return np.einsum("it,it...->i...", axis.weights, taken)
