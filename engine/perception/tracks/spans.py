"""Divides the frames of a take into shots, and shots into spans between keyframes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.perception.products import OpticalFlow
from engine.perception.provider import AnalysisFrame, FlowProvider
from engine.perception.tracks.cuts import CutFinder
from engine.perception.tracks.followed_picture import KNOWN, FollowedPicture
from engine.perception.tracks.motion import FrameMotion, motion_of
from engine.perception.tracks.options import TrackOptions

# Flow that is right in fewer pixels than this carries nothing: both of its frames are keyframes.
_CARRYING = 0.6
# A keyframe is due when flow has failed in this share of the pixels since the last one.
_FAILED = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFrame:
    """A frame, and its flow to the next one of its shot; None for the last.

    `valid` is the share of the pixels that the flow carries to the next frame.
    """

    frame: AnalysisFrame
    picture: FollowedPicture
    flow: OpticalFlow | None = None
    motion: FrameMotion | None = None
    valid: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Frames from one keyframe to the next, both included. A span shares its last frame with the next one of the shot.

    `begins_shot`: a shot begins with the first frame. `ends_shot`: it ends with the last.
    """

    frames: tuple[TrackedFrame, ...]
    begins_shot: bool
    ends_shot: bool


def spans_of(frames: Iterable[AnalysisFrame], flow: FlowProvider, options: TrackOptions) -> Iterator[Span]:
    """The spans of a take. A span has `options.longest_gap` + 1 frames at most: no more are in memory."""
    waiting: list[TrackedFrame] = []
    begins = True
    cuts = CutFinder()
    for frame in frames:
        if waiting:
            before = waiting.pop()
            previous = before.frame
            found = flow.flow(previous, frame)
            motion = motion_of(found)
            picture = FollowedPicture.of(frame)
            if cuts.ends_shot(previous, frame, motion):
                yield Span((*waiting, before), begins, True)
                waiting, begins = [], True
            else:
                confirmed = before.picture.confirmed(picture, motion.ahead, motion.forward_validity)
                valid = float((confirmed > 2 * KNOWN).mean())
                waiting.append(TrackedFrame(previous, before.picture, found, motion, valid))
                failing = valid < _CARRYING
                if failing and len(waiting) > 1:
                    yield Span(tuple(waiting), begins, False)
                    waiting, begins = waiting[-1:], False
                if failing or _is_due(waiting, frame, options):
                    yield Span((*waiting, TrackedFrame(frame, picture)), begins, False)
                    waiting, begins = [], False
        else:
            picture = FollowedPicture.of(frame)
        waiting.append(TrackedFrame(frame, picture))
    if waiting:
        yield Span(tuple(waiting), begins, True)


def _is_due(waiting: Sequence[TrackedFrame], frame: AnalysisFrame, options: TrackOptions) -> bool:
    """Whether `frame` is the next keyframe after the first of `waiting`."""
    passed = float(frame.time - waiting[0].frame.time)
    if len(waiting) >= options.longest_gap or passed * options.slowest >= 1:
        return True
    if passed * options.fastest < 1:
        return False
    travel = sum(one.motion.far for one in waiting if one.motion)
    failed = sum(1 - one.valid for one in waiting)
    return travel >= options.travel or failed >= _FAILED
