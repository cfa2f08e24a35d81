"""The disparity that AVFoundation returns for a Cinematic clip, as inverse distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.perception.apple.pixel_map import PixelMap

# AVFoundation marks pixels without a disparity by NaN or by a very large number.
_LARGEST = 1e4


def disparity_values(found: PixelMap) -> NDArray[np.float32]:
    """Inverse distances, (height, width), NaN where there are none. The picture is a disparity of 16 or 32 bits."""
    values = found.array().astype(np.float32)
    return np.where(np.abs(values) < _LARGEST, values, np.float32(np.nan))
