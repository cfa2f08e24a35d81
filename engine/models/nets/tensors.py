"""Between pictures and tensors, by a net's contract."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.nets.contract import NetInput


def input_tensor(pixels: NDArray[np.uint8], declared: NetInput) -> NDArray[Any]:
    """The tensor of a picture of the net's size: (height, width, 3), uint8, RGB, Rec.709 display codes."""
    codes = pixels if declared.order == "RGB" else pixels[..., ::-1]
    std = np.asarray(declared.std, np.float32)
    factor = np.float32(declared.scale / 255) / std
    values = codes.astype(np.float32) * factor - np.asarray(declared.mean, np.float32) / std
    if declared.layout == "NCHW":
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values[None], np.dtype(declared.dtype))
