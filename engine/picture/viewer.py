"""Random access to the frames of one take for viewing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.choices import Rendering
from engine.picture.decoder import PictureSource
from engine.picture.pipeline import Pipeline
from engine.picture.planes import Planes
from engine.picture.scene_look import SceneLook
from engine.time import FrameGrid

# An iPhone's picture: 10-bit HLG in 4:2:0.
_TYPICAL = Picture(
    index=0, codec="hevc", pixel_format="yuv420p10le", width=64, height=36, display_width=64, display_height=36,
    frame_rate=Fraction(30), frames=1, encoding=Encoding.HLG, input_transform=Encoding.HLG,
)  # fmt: skip


def load_gpu() -> None:
    """Loads the GPU, and the shaders and tables of a typical still, so that the first still of a take is fast."""
    luma, chroma = np.full((36, 64), 64, np.uint16), np.full((18, 32), 512, np.uint16)
    planes = Planes((luma, chroma, chroma), 64, 36, 10, (2, 2), 9)
    Pipeline(_TYPICAL, Encoding.HLG).view_rgb8(planes, 32)


class Viewer:
    """Renders a file's frames as an SDR deliverable shows them. Not thread-safe; call `close` after use."""

    def __init__(
        self,
        path: Path,
        picture: Picture,
        transform: Encoding,
        grid: FrameGrid,
        rendering: Rendering = "as-shot",
        look: SceneLook | None = None,
    ) -> None:
        self._grid, self._look = grid, look
        self._picture, self._transform, self._rendering = picture, transform, rendering
        self._pipelines: dict[Encoding, Pipeline] = {}
        self._source = PictureSource(path, picture)

    def at(
        self,
        tick: int,
        width: int,
        transform: Encoding | None = None,
        *,
        look: SceneLook | None = None,
        number: int | None = None,
    ) -> NDArray[np.uint8]:
        """The upright frame of a tick as 8-bit SDR codes (height, width, 3); ticks are clamped to the first and last.

        `transform` and `look` replace the viewer's own input transform and look; `number` is that of the frame in a
        film, by default the tick. Errors as `PictureSource.planes_at`.
        """
        held = min(max(tick, 0), len(self._grid.sources) - 1)
        chosen = transform or self._transform
        if chosen not in self._pipelines:
            self._pipelines[chosen] = Pipeline(self._picture, chosen, rendering=self._rendering, look=self._look)
        return self._pipelines[chosen].view_rgb8(
            self._source.planes_at(self._grid.pts_at(held)), width, held if number is None else number, look
        )

    @property
    def grid(self) -> FrameGrid:
        """The ticks of the file."""
        return self._grid

    def tick_at(self, seconds: Fraction) -> int:
        """The tick of the file that is shown at a time, clamped to the first and last."""
        return self._grid.tick_at(seconds)

    def close(self) -> None:
        """Closes the file."""
        self._source.close()

    def __enter__(self) -> Viewer:
        """Return the viewer."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the file."""
        self.close()
