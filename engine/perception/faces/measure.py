"""Finds and measures the faces of a take, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from engine.perception.faces.face_quality import measure_face
from engine.perception.faces.landmarks import eye_openness, mouth_opening
from engine.perception.faces.take_faces import FaceSample, FaceTrack, TakeFaces
from engine.perception.faces.tracking import FaceTracker
from engine.perception.products import PersonFace
from engine.perception.provider import AnalysisFrame, FaceProvider

# Faces below this score are not tracked.
_LEAST_SCORE = 0.5
_DIGITS = 4


def measure_faces(
    frames: Iterable[AnalysisFrame],
    provider: FaceProvider,
    *,
    rate: Fraction,
    ticks: int,
    step: int = 1,
    progress: Callable[[int], None] | None = None,
) -> TakeFaces:
    """The faces of frames that are `step` ticks apart, of a take of `ticks` ticks at `rate` per second.

    Only measures are kept, so that memory does not depend on the number of pixels. `progress` receives the number of
    each finished frame. Raises ValueError without frames.
    """
    tracker: FaceTracker | None = None
    size = (0, 0)
    samples: dict[int, list[FaceSample]] = {}
    for frame in frames:
        height, width = frame.pixels.shape[:2]
        if tracker is None:
            tracker, size = FaceTracker(width / height), (width, height)
        found = [one for one in provider.faces(frame) if one.score >= _LEAST_SCORE]
        for track, face in zip(tracker.add(frame.number, frame.time, found), found, strict=True):
            samples.setdefault(track.id, []).append(_sample(frame, face, width / height))
        if progress:
            progress(frame.number)
    if tracker is None:
        raise ValueError("no frames")
    # Those who are seen first, from left to right.
    seen = sorted(tracker.tracks(), key=lambda one: (one.numbers[0], one.faces[0].centre))
    kept = [FaceTrack(id=n, samples=tuple(samples[one.id])) for n, one in enumerate(seen, 1)]
    identity = provider.identity
    return TakeFaces(
        rate=rate,
        step=step,
        ticks=ticks,
        width=size[0],
        height=size[1],
        provider=identity.name,
        model=identity.model,
        model_digest=identity.digest,
        tracks=tuple(kept),
    )


def _sample(frame: AnalysisFrame, face: PersonFace, aspect: float) -> FaceSample:
    quality = measure_face(frame.pixels, face.box)
    left, top, width, height = (round(part, _DIGITS + 1) for part in face.box)
    return FaceSample(
        tick=frame.number,
        box=(left, top, width, height),
        score=round(face.score, 3),
        mouth=_rounded(mouth_opening(face, aspect)),
        eyes=_rounded(eye_openness(face, aspect)),
        sharpness=_rounded(quality.sharpness) if quality else None,
        light=_rounded(quality.light) if quality else None,
        clipped=_rounded(quality.clipped) if quality else None,
        crushed=_rounded(quality.crushed) if quality else None,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
