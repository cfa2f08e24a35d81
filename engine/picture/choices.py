"""What a recipe or a command may choose of a picture. No picture library is needed to name it."""

from __future__ import annotations

from typing import Literal

View = Literal["sdr", "hlg", "pq"]

Rendering = Literal["as-shot", "aces"]
"""How a picture comes to a display: by a display-referred conversion where one exists, or by the ACES 2.0 view."""

Compression = Literal["none", "zip", "dwaa", "htj2k"]
"""`zip` and `htj2k` keep every bit; `dwaa` loses what `level` says. `htj2k` is read by OpenEXR 3.4 and newer only."""

# What OpenEXR calls visually lossless.
DWA_LEVEL = 45.0
