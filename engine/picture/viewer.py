"""Random access to the frames of one take for viewing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.choices import Rendering
from engine.picture.decoder import PictureSource
from engine.picture.pipeline import Pipeline
from engine.time import FrameGrid


class Viewer:
    """Renders a file's frames as an SDR deliverable shows them. Not thread-safe; call `close` after use."""

    def __init__(
        self,
        path: Path,
        picture: Picture,
        transform: Encoding,
        grid: FrameGrid,
        rendering: Rendering = "as-shot",
    ) -> None:
        self._grid = grid
        self._picture, self._transform, self._rendering = picture, transform, rendering
        self._pipelines: dict[Encoding, Pipeline] = {}
        self._source = PictureSource(path, picture)

    def at(self, tick: int, width: int, transform: Encoding | None = None) -> NDArray[np.uint8]:
        """The upright frame of a tick as 8-bit SDR codes (height, width, 3); ticks are clamped to the first and last.

        `transform` replaces the viewer's own input transform. Errors as `PictureSource.planes_at`.
        """
        held = min(max(tick, 0), len(self._grid.sources) - 1)
        chosen = transform or self._transform
        if chosen not in self._pipelines:
            self._pipelines[chosen] = Pipeline(self._picture, chosen, rendering=self._rendering)
        return self._pipelines[chosen].view_rgb8(self._source.planes_at(self._grid.pts_at(held)), width)

    def close(self) -> None:
        """Closes the file."""
        self._source.close()

    def __enter__(self) -> Viewer:
        """Return the viewer."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the file."""
        self.close()
