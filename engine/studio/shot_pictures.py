"""Frames of the takes of a cut, and small pictures of its clips."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Self

from engine.catalog import Project, Take
from engine.errors import EngineError
from engine.studio.stored_sources import StoredSources

if TYPE_CHECKING:
    from engine.looks import TakeSources
    from engine.picture import Viewer
    from engine.studio.studio import Studio
    from engine.timeline import Clip

_WIDTH = 320


@dataclass
class TakeViewers:
    """Opens takes to render their frames; each stays open until the end of the context."""

    studio: Studio
    project: Project
    _viewers: dict[str, Viewer | None] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)
    _stored: StoredSources | None = None

    def __enter__(self) -> Self:
        """Returns the viewers."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the takes."""
        self._open.close()

    def viewer(self, take_id: str) -> Viewer | None:
        """The viewer of a take; None if it has no picture, no confirmed input transform, or no file."""
        if take_id not in self._viewers:
            self._viewers[take_id] = self._opened(take_id)
        return self._viewers[take_id]

    def sources(self, take_id: str) -> TakeSources | None:
        """The stored masks and other sources of a take; None if there are none. Raises EngineError if unreadable."""
        take = self._take(take_id)
        if take is None:
            return None
        if self._stored is None:
            self._stored = StoredSources(self.studio)
            self._open.callback(self._stored.close)
        return self._stored.of(self.studio.subjects.unprobed(take))

    def _take(self, take_id: str) -> Take | None:
        return next((one for one in self.studio.takes(self.project) if one.id == take_id), None)

    def _opened(self, take_id: str) -> Viewer | None:
        from engine.ingest import picture_transform
        from engine.picture import Viewer

        take = self._take(take_id)
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


@dataclass
class ShotPictures(TakeViewers):
    """The first frames of clips as data URLs of JPEG, for a cut with a `rate`."""

    rate: Fraction = Fraction(25)

    def url(self, clip: Clip) -> str | None:
        """The picture of a clip; None if its take has none, or if it cannot be decoded."""
        from engine.picture import jpeg_url

        viewer = self.viewer(clip.take) if clip.take is not None else None
        if viewer is None:
            return None
        try:
            pixels = viewer.at(viewer.tick_at(clip.start / self.rate), _WIDTH)
        except EngineError:
            return None
        return jpeg_url(pixels)
