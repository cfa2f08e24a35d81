"""Small pictures of the clips of a cut."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.catalog import Project
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.picture import Viewer
    from engine.studio.studio import Studio
    from engine.timeline import Clip

_WIDTH = 320


@dataclass
class ShotPictures:
    """The first frames of clips as data URLs of JPEG. Takes stay open until the end of the context."""

    studio: Studio
    project: Project
    rate: Fraction
    _viewers: dict[str, Viewer | None] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> ShotPictures:
        """Returns the pictures."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the takes."""
        self._open.close()

    def url(self, clip: Clip) -> str | None:
        """The picture of a clip; None if its take has none, or if it cannot be decoded."""
        from engine.picture import jpeg_url

        viewer = self._viewer(clip.take) if clip.take is not None else None
        if viewer is None:
            return None
        try:
            pixels = viewer.at(viewer.tick_at(clip.start / self.rate), _WIDTH)
        except EngineError:
            return None
        return jpeg_url(pixels)

    def _viewer(self, take_id: str) -> Viewer | None:
        if take_id not in self._viewers:
            self._viewers[take_id] = self._opened(take_id)
        return self._viewers[take_id]

    def _opened(self, take_id: str) -> Viewer | None:
        from engine.ingest import picture_transform
        from engine.picture import Viewer

        take = next((one for one in self.studio.takes(self.project) if one.id == take_id), None)
        if take is None:
            return None
        try:
            subject = self.studio.subject_of(take)
            footage, picture = subject.footage, subject.footage.probe.picture
            transform = picture_transform(footage, subject.input_transform) if picture else None
            if picture is None or footage.grid is None or transform is None:
                return None
            return self._open.enter_context(Viewer(footage.path, picture, transform, footage.grid))
        except EngineError:
            return None
