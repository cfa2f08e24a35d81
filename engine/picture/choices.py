"""Choices for recipes and commands. This module imports no picture library."""

from __future__ import annotations

from typing import Literal

View = Literal["sdr", "hlg", "pq"]

Rendering = Literal["as-shot", "aces"]
"""How a picture is rendered: by a display-referred conversion if one exists, or by the ACES 2.0 view."""

Compression = Literal["none", "zip", "dwaa", "htj2k"]
"""`zip` and `htj2k` are lossless; `dwaa` is lossy, by `level`. Only OpenEXR 3.4 and newer read `htj2k`."""

# OpenEXR's default, visually lossless.
DWA_LEVEL = 45.0
