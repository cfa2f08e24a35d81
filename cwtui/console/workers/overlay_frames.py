"""Draws the stored products of a take over its frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.console.messages import FrameRequest
from engine.file_stamp import read_stamp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.perception import PerceptionReader
    from engine.studio import Studio


def perception_stamp(folder: Path) -> tuple[object, ...]:
    """The stamps of the finished products in a take's folder: another value after a further analysis."""
    from engine.perception import INDEX

    return tuple((path.parent.name, read_stamp(path)) for path in sorted(folder.glob(f"*/{INDEX}")))


class OverlayFrames:
    """Keeps the files of the last take open. `note` is the product of the last frame with its confidence."""

    def __init__(self) -> None:
        self._reader: PerceptionReader | None = None
        self._read: tuple[object, ...] = ()
        self.note = ""

    def draw(self, studio: Studio, request: FrameRequest, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture with the overlay of a request; without one where the frame was not analysed.

        Raises EngineError if the product cannot be read.
        """
        from engine.perception import draw_product, overlay_quality

        assert request.overlay
        reader = self._open(studio, request)
        quality = overlay_quality(reader, request.overlay, request.tick) if reader else None
        if reader is None or quality is None:
            self.note = f"{request.overlay} not analysed here"
            return picture
        reasons = f", {quality.reasons[0]}" if quality.reasons else ""
        self.note = f"{request.overlay} {quality.confidence:.2f}{reasons}"
        return draw_product(picture, reader, request.overlay, request.tick)

    def close(self) -> None:
        """Closes the files."""
        if self._reader:
            self._reader.close()
        self._reader, self._read = None, ()

    def _open(self, studio: Studio, request: FrameRequest) -> PerceptionReader | None:
        from engine.perception import open_perception
        from engine.tasks import perception_folder

        folder = perception_folder(studio.paths, request.take.id, request.take.digest)
        stamp = (folder, *perception_stamp(folder))
        if stamp != self._read:
            self.close()
            self._reader, self._read = open_perception(folder), stamp
        return self._reader
