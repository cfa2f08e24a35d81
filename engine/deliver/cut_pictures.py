"""The pictures of a cut, rendered for the encoder or as scene-linear light."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Generic, Protocol

from engine.atomic_files import make_folder
from engine.deliver.burn_in import OverlaySource
from engine.deliver.condition import SourceFindings, forget_findings, read_findings, write_findings
from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_request import CutRequest
from engine.deliver.follow import cut_crop
from engine.deliver.movie import Rendered_co
from engine.deliver.recipe_looks import layer_look
from engine.deliver.source_content import CONTENT, SourcePictures
from engine.ingest import picture_transform
from engine.picture import Layer, Overlay, PictureContent, PictureSource, Planes
from engine.timeline import NO_LOOK, CutLayers

# Each open source has a decoder with threads and frames of its own; a transition needs two.
_OPEN = 3


class CutRenderer(Protocol[Rendered_co]):
    """Renders layers with their overlays: `Compositor` or `LinearCompositor`."""

    def stream(
        self, frames: Iterable[tuple[Sequence[Layer], Overlay | None]], first_frame: int = 0
    ) -> Iterator[Rendered_co]:
        """The rendered frames, in order."""


class CutPictures(Generic[Rendered_co]):
    """Decodes and mixes the frames of a cut; implements `PictureStream`. Close it after use.

    Each frame of the film shows the frame of a take that is nearest to it in time. Findings of decoding are stored
    below `work`, one folder for each take, for a resumed attempt.
    """

    def __init__(
        self,
        order: CutRequest,
        compositor: CutRenderer[Rendered_co],
        overlay: OverlaySource | None,
        condition: CutCondition,
        work: Path,
    ) -> None:
        self._order, self._compositor, self._overlay = order, compositor, overlay
        self._condition = condition
        self._layers = CutLayers(order.cut)
        self._folders = take_folders(order, work)
        self._before: dict[str, SourceFindings] = {}
        self._sources: dict[str, PictureSource] = {}
        self._looked = SourcePictures(work, order.rate)
        self._transforms = {
            take: picture_transform(source.footage, source.input_transform)
            for take, source in order.takes.items()
            if source.has_picture
        }

    @property
    def content(self) -> PictureContent:
        """The content of the takes' frames."""
        return self._looked.content

    def frames(self, stretch: range) -> Iterator[Rendered_co]:
        """The pictures of a range of frames, counted from the film's first."""
        yield from self._compositor.stream(self._composed(stretch), first_frame=stretch.start)
        for take in list(self._sources):
            self._record(take)
        self._looked.save()

    def finish(self) -> list[str]:
        """Merges the findings of all attempts; see `PictureStream`."""
        notes: list[str] = []
        for take, folder in self._folders.items():
            findings = read_findings(folder)
            self._condition.merge(take, findings)
            source = self._order.takes[take]
            notes += [f"{source.label}: {note}" for note in findings.notes]
            picture = source.footage.probe.picture
            if source.has_picture and picture and picture.alpha:
                notes.append(f"{source.label} has an alpha channel: composited over black")
        return notes

    def close(self) -> None:
        """Closes the open takes."""
        while self._sources:
            self._sources.popitem()[1].close()

    def _composed(self, stretch: range) -> Iterator[tuple[Sequence[Layer], Overlay | None]]:
        for frame in stretch:
            layers: list[Layer] = []
            for one in self._layers.at(self._order.tick_of(frame)):
                take = self._order.cut.clips[one.clip].take
                if take is None or take not in self._transforms:
                    continue
                planes = self._planes(take, one.tick)
                if not layers:
                    self._looked.observe(frame, planes)
                source, transform = self._order.takes[take], self._transforms[take]
                picture = source.footage.probe.picture
                assert picture is not None
                assert transform is not None
                look = layer_look(
                    self._order.cut,
                    one,
                    self._order.looks,
                    self._order.recipe.look or NO_LOOK,
                    source.sources,
                    source.footage.grid,
                    1 / self._order.rate,
                )
                crop = cut_crop(self._order, take, Fraction(one.tick) / self._order.cut.rate)
                layers.append(Layer(picture, transform, planes, one.share, look, one.reveal, crop))
            yield layers, self._overlay.at(frame) if self._overlay else None

    def _planes(self, take: str, tick: int) -> Planes:
        grid = self._order.takes[take].footage.grid
        assert grid
        return self._source(take).planes_at(grid.nearest_pts(Fraction(tick) / self._order.cut.rate))

    def _source(self, take: str) -> PictureSource:
        if take not in self._sources:
            if len(self._sources) == _OPEN:
                oldest = next(iter(self._sources))
                self._record(oldest)
                self._sources.pop(oldest).close()
            footage = self._order.takes[take].footage
            assert footage.probe.picture
            self._before[take] = read_findings(self._folders[take])
            self._sources[take] = PictureSource(footage.path, footage.probe.picture)
        # The most recently used is the last.
        self._sources[take] = source = self._sources.pop(take)
        return source

    def _record(self, take: str) -> None:
        """Stores the findings of an open take."""
        grid = self._order.takes[take].footage.grid
        assert grid
        findings = self._before[take].joined(self._sources[take], grid)
        if findings.any:
            make_folder(self._folders[take])
            write_findings(self._folders[take], findings)
            self._condition.merge(take, findings)


def take_folders(order: CutRequest, work: Path) -> dict[str, Path]:
    """The folders for the findings of each take of a cut."""
    return {take: work / "takes" / str(number) for number, take in enumerate(order.cut.takes, 1)}


def forget_cut_findings(order: CutRequest, work: Path) -> None:
    """Deletes what `CutPictures` stored below `work`."""
    for folder in take_folders(order, work).values():
        forget_findings(folder)
    (work / CONTENT).unlink(missing_ok=True)
