"""Frames of deliveries at a time of their take or cut, before anything is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.catalog import Project, Take
from engine.deliver import (
    CutRequest,
    DeliverableRequest,
    DeliveryFrames,
    Recipe,
    cut_looks,
    explain_frame,
    frame_confidence,
    with_speed,
)
from engine.speech import Cue, Transcript, cues_from
from engine.studio.cuts import ProjectCuts
from engine.studio.delivery import DeliveryRequest, recorded_stretch, stretches_of
from engine.studio.reframe import follow_of
from engine.studio.stored_sources import StoredSources
from engine.tasks import cut_take, finished_faces
from engine.timeline import Cut, changes_of_take, cut_transcript

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.looks import TakeSources
    from engine.render import MeasuredPlan
    from engine.studio.studio import Studio
    from engine.transfer import Subject


@dataclass(slots=True)
class FrameViewer:
    """Renders frames of deliveries; the files of the last one stay open. Not thread-safe; close it after use."""

    studio: Studio
    _open: DeliveryFrames | None = None
    _stored: StoredSources | None = None

    def take_frame(self, request: DeliveryRequest, take: Take, at: Fraction, width: int) -> NDArray[np.uint8]:
        """The frame of a take's deliverable at a time of the take's clock, in seconds, at most `width` pixels wide.

        A time that is not delivered shows the nearest frame that is. Burnt-in captions come from the transcript as it
        is; without one there are none. Errors as `DeliveryFrames`.
        """
        order, share = self._take_order(request, take, at)
        frames = self._frames(order, width)
        return frames.at(int(share * frames.frames))

    def take_plans(self, request: DeliveryRequest, take: Take, at: Fraction) -> list[MeasuredPlan]:
        """The GPU plans that render the frame of `take_frame` for its deliverable. Errors as `explain_frame`."""
        order, share = self._take_order(request, take, at)
        return explain_frame(order, int(share * len(order.ticks)))

    def take_confidence(self, request: DeliveryRequest, take: Take, at: Fraction) -> dict[str, float]:
        """The confidence of what the look reads in the frame of `take_frame`; errors as `frame_confidence`."""
        order, share = self._take_order(request, take, at)
        return frame_confidence(order, int(share * len(order.ticks)))

    def cut_confidence(
        self, request: DeliveryRequest, project: Project, name: str | None, at: Fraction
    ) -> dict[str, float]:
        """The confidence of what the looks read in the frame of `cut_frame`; errors as `frame_confidence`."""
        order = self._cut_order(request, project, name)
        return frame_confidence(order, int(at * order.rate))

    def cut_frame(
        self, request: DeliveryRequest, project: Project, name: str | None, at: Fraction, width: int
    ) -> NDArray[np.uint8]:
        """The frame of a cut's film at a time of the cut, in seconds; as `take_frame`."""
        order = self._cut_order(request, project, name)
        return self._frames(order, width).at(int(at * order.rate))

    def cut_plans(
        self, request: DeliveryRequest, project: Project, name: str | None, at: Fraction
    ) -> list[MeasuredPlan]:
        """The GPU plans that render the frame of `cut_frame` for its film. Errors as `explain_frame`."""
        order = self._cut_order(request, project, name)
        return explain_frame(order, int(at * order.rate))

    def _take_order(self, request: DeliveryRequest, take: Take, at: Fraction) -> tuple[DeliverableRequest, Fraction]:
        """The request that delivers a time of the take, and the share of its duration before that time."""
        subject = self.studio.subject_of(take)
        stretch = min(stretches_of(self.studio, request, take), key=lambda one: _distance(one.start, one.end, at))
        recorded = recorded_stretch(self.studio, request, subject, stretch)
        order = replace(recorded, sources=self._sources(subject)) if recorded.look and recorded.look.reads else recorded
        if size := order.frame_size:
            order = replace(order, follow=follow_of(self.studio, subject, request.recipe, size))
        if request.recipe.burns_captions and (transcript := self.studio.transcript_of(take)):
            frame = 1 / subject.footage.grid.rate if subject.footage.grid else None
            cues = _cues(transcript, request.recipe, frame, take.probe.duration)
            order = replace(order, cues=cues, language=transcript.language)
        if request.recipe.avoids_faces:
            order = replace(order, faces=finished_faces(self.studio.tasks.context, take))
        return with_speed(order, request.speed or "real"), (at - recorded.begin) / recorded.duration

    def _cut_order(self, request: DeliveryRequest, project: Project, name: str | None) -> CutRequest:
        cuts = ProjectCuts(self.studio, project)
        cut = cuts.read(cuts.name(name))
        takes = {take.id: take for take in self.studio.takes(project) if take.id in cut.takes}
        subjects = {take: self.studio.subject_of(takes[take]) for take in cut.takes if take in takes}
        looks = cut_looks(cut, request.recipe, self.studio.folder)
        reads = any(look.reads for look in looks.values())
        found = {
            one: replace(cut_take(subject), sources=self._sources(subject) if reads else None)
            for one, subject in subjects.items()
        }
        order = CutRequest(cut, found, request.recipe, looks=looks)
        if request.recipe.follows and (size := order.frame_size):
            follows = {one: follow_of(self.studio, subject, request.recipe, size) for one, subject in subjects.items()}
            order = replace(order, follows={one: follow for one, follow in follows.items() if follow})
        if request.recipe.burns_captions:
            order = replace(order, cues=self._cut_cues(cut, takes, request.recipe))
        if request.recipe.avoids_faces:
            known = {one: finished_faces(self.studio.tasks.context, take) for one, take in takes.items()}
            order = replace(order, faces={one: faces for one, faces in known.items() if faces})
        return order

    def close(self) -> None:
        """Closes the files."""
        if self._open:
            self._open.close()
        self._open = None
        if self._stored:
            self._stored.close()
        self._stored = None

    def _sources(self, subject: Subject) -> TakeSources | None:
        self._stored = self._stored or StoredSources(self.studio)
        return self._stored.of(subject)

    def _cut_cues(self, cut: Cut, takes: dict[str, Take], recipe: Recipe) -> list[Cue]:
        found = {one: transcript for one, take in takes.items() if (transcript := self.studio.transcript_of(take))}
        transcript = cut_transcript(cut, found) if found else None
        if transcript is None:
            return []
        return _cues(transcript, recipe, 1 / cut.rate, cut.duration, changes_of_take(cut))

    def _frames(self, order: DeliverableRequest | CutRequest, width: int) -> DeliveryFrames:
        if self._open is None or self._open.order != order or self._open.width != width:
            if self._open:
                self._open.close()
            self._open = None
            self._open = DeliveryFrames(order, width)
        return self._open


def _cues(
    transcript: Transcript, recipe: Recipe, frame: Fraction | None, end: Fraction, cuts: Sequence[Fraction] = ()
) -> list[Cue]:
    """The captions as the caption jobs compose them."""
    spoken = transcript if recipe.labels_speakers else transcript.anonymous()
    return cues_from(spoken, style=recipe.caption_style, cuts=cuts, frame=frame, end=end)


def _distance(start: Fraction, end: Fraction | None, at: Fraction) -> Fraction:
    """Seconds from a time to a stretch; 0 inside it."""
    return max(start - at, Fraction(0)) + max(at - end if end is not None else Fraction(0), Fraction(0))
