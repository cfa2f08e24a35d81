"""The pictures of a take's stretch, rendered for the encoder or as scene-linear light."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, Protocol

from engine.deliver.burn_in import OverlaySource
from engine.deliver.condition import SourceCondition, read_findings, write_findings
from engine.deliver.movie import Rendered_co
from engine.deliver.request import DeliverableRequest
from engine.deliver.source_content import SourcePictures
from engine.picture import Overlay, PictureContent, PictureSource, Planes


class TakeRenderer(Protocol[Rendered_co]):
    """Renders decoded frames with their overlays: `Pipeline` or `LinearPipeline`."""

    def stream(self, frames: Iterable[tuple[Planes, Overlay | None]], first_frame: int = 0) -> Iterator[Rendered_co]:
        """The rendered frames, in order."""


class TakePictures(Generic[Rendered_co]):
    """Decodes and renders the frames of a request; implements `PictureStream`."""

    def __init__(
        self,
        order: DeliverableRequest,
        source: PictureSource,
        pipeline: TakeRenderer[Rendered_co],
        overlay: OverlaySource | None,
        condition: SourceCondition,
        work: Path,
    ) -> None:
        assert order.footage.grid is not None
        self._grid, self._ticks, self._picture = order.footage.grid, order.ticks, order.footage.probe.picture
        self._source, self._pipeline, self._overlay = source, pipeline, overlay
        self._condition, self._work = condition, work
        self._before = read_findings(work)
        self._looked = SourcePictures(work, self._grid.rate, self._ticks.start)

    @property
    def content(self) -> PictureContent:
        """The content of the source's frames."""
        return self._looked.content

    def frames(self, stretch: range) -> Iterator[Rendered_co]:
        """The pictures of a range of frames, counted from the deliverable's first."""
        ticks = self._ticks[stretch.start : stretch.stop]
        shown = self._source.frames(self._grid, ticks.start, ticks.stop)
        planes = map(self._looked.observe, ticks, shown)
        layers = (self._overlay.at(tick - self._ticks.start) if self._overlay else None for tick in ticks)
        yield from self._pipeline.stream(zip(planes, layers, strict=True), first_frame=ticks.start)
        findings = self._before.joined(self._source, self._grid)
        if findings.any:
            write_findings(self._work, findings)
            self._condition.merge(findings)
        self._looked.save()

    def finish(self) -> list[str]:
        """Merges the findings of all attempts; see `PictureStream`."""
        findings = read_findings(self._work)
        self._condition.merge(findings)
        notes = list(findings.notes)
        if self._picture and self._picture.alpha:
            notes.append("the footage has an alpha channel: composited over black")
        return notes
