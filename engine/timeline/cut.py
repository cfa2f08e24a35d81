"""A cut: clips of takes one after another, in whole frames of the cut and samples of its sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Literal

from engine.keyframes import KeyframeModel
from engine.picture import Direction

SAMPLE_RATE = 48_000
"""Samples per second of a cut's sound."""

TransitionKind = Literal["dissolve", "dip", "wipe", "push"]
MarkerKind = Literal["marker", "chapter"]


@dataclass(frozen=True, slots=True)
class Transition:
    """The transition from the previous clip into a clip, over `before` and `after` frames around the edit.

    A dissolve mixes both pictures in linear light, so both takes need the frames (handles), as for a wipe, whose edge
    moves across the frame, and a push, in which the new picture moves the other one out. A dip goes to black and back,
    and needs none. `direction` is that of the movement; `softness` is the width of a wipe's edge, a share of the frame.
    """

    kind: TransitionKind
    before: int
    after: int
    direction: Direction = "left"
    softness: float = 0.0

    def __post_init__(self) -> None:  # noqa: D105
        if not 0 <= self.softness <= 1:
            raise ValueError(f"softness {self.softness}: use a share of the frame, 0 to 1")

    @property
    def needs_handles(self) -> bool:
        """Whether it shows frames of both takes beyond the edit."""
        return self.kind != "dip"


@dataclass(frozen=True, slots=True)
class CutMarker:
    """A named point of a clip, in ticks on the take's clock. A chapter starts there."""

    at: int
    label: str
    kind: MarkerKind = "marker"


@dataclass(frozen=True, slots=True)
class ParameterKeys:
    """The keyframes of a parameter of a clip's look, as exposure.stops, in seconds of the take's clock, in order."""

    parameter: str
    keys: tuple[KeyframeModel, ...]


@dataclass(frozen=True, slots=True)
class Alternate:
    """A stretch of another take that can replace a clip, in ticks on that take's clock.

    `reason` says why another one was chosen.
    """

    take: str
    start: int
    length: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a take, or a gap (black with room tone).

    A tick is a frame of the cut: 1/rate seconds. The clip shows the ticks `start` to `start + length` of the clock of
    the take with the id `take`, None for a gap. Its sound begins `sound_offset` samples after its picture (before it
    if negative), where the sound of the previous clip ends; both fade within `crossfade` samples around that point.
    `gain_db` is relative to the take's recorded level. `reason` is a sentence for the user: why this clip is there.
    `look` names the look of its picture: empty for that of the recipe, “none” for no look; `animation` are keyframes of
    the look's parameters. `metadata` is the JSON object that other programs wrote to the clip in an .otio file; it is
    empty without any.
    """

    id: str
    take: str | None
    start: int
    length: int
    name: str = ""
    sound_offset: int = 0
    crossfade: int = 0
    gain_db: float = 0.0
    transition: Transition | None = None
    markers: tuple[CutMarker, ...] = ()
    alternates: tuple[Alternate, ...] = ()
    reason: str = ""
    metadata: str = ""
    look: str = ""
    animation: tuple[ParameterKeys, ...] = ()

    def __post_init__(self) -> None:  # noqa: D105
        if self.start < 0 or self.length < 1 or self.crossfade < 0:
            raise ValueError(f"clip {self.id}: start {self.start}, length {self.length}, crossfade {self.crossfade}")

    @property
    def end(self) -> int:
        """The tick after the last one, on the take's clock."""
        return self.start + self.length

    def continues(self, left: Clip) -> bool:
        """Whether this clip goes on where `left` ends, so that nobody sees or hears the join."""
        same = left.take == self.take and (self.take is None or left.end == self.start)
        return same and self.is_like(left) and self.transition is None and self.sound_offset == 0

    def is_like(self, other: Clip) -> bool:
        """Whether both have the same gain and the same look."""
        return (self.gain_db, self.look, self.animation) == (other.gain_db, other.look, other.animation)


@dataclass(frozen=True, slots=True)
class SoundSpan:
    """The sound of one clip: the samples `first` to `last` of the cut, which begin with the take's sample `source`."""

    clip: Clip
    first: int
    last: int
    source: int


@dataclass(frozen=True, slots=True)
class CutTitle:
    """A title over the cut, from the tick `start` of the cut for `length` ticks.

    `template` and `version` name its template, whose content is `design` as JSON: the title does not change with the
    template's file. `fields` are the values of the template's fields.
    """

    id: str
    template: str
    version: int
    start: int
    length: int
    fields: tuple[tuple[str, str], ...] = ()
    design: str = ""

    def __post_init__(self) -> None:  # noqa: D105
        if self.start < 0 or self.length < 1:
            raise ValueError(f"title {self.id}: start {self.start}, length {self.length}")

    @property
    def end(self) -> int:
        """The tick after the last one, on the cut's clock."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Cut:
    """A film of clips without overlaps or holes.

    `rate` is in frames per second; `width` × `height` is the canvas in square pixels. `refused` are the keys of the
    suggestions that the user refused. `titles` are in the order of their starts; edits of clips do not move them.
    `metadata` is the JSON object that other programs wrote to the file.
    """

    name: str
    rate: Fraction
    width: int
    height: int
    clips: tuple[Clip, ...] = ()
    refused: frozenset[str] = frozenset()
    titles: tuple[CutTitle, ...] = ()
    metadata: str = ""

    @property
    def length(self) -> int:
        """The length in ticks."""
        return sum(clip.length for clip in self.clips)

    @property
    def duration(self) -> Fraction:
        """The length in seconds."""
        return self.length / self.rate

    @property
    def positions(self) -> tuple[int, ...]:
        """The tick of the cut at which each clip begins."""
        return tuple(accumulate((clip.length for clip in self.clips[:-1]), initial=0)) if self.clips else ()

    @property
    def takes(self) -> tuple[str, ...]:
        """The ids of the takes, each once, in the order of their first clips."""
        return tuple(dict.fromkeys(clip.take for clip in self.clips if clip.take is not None))

    def index_of(self, clip_id: str) -> int:
        """The index of the clip with this id. Raises KeyError if there is none."""
        for index, clip in enumerate(self.clips):
            if clip.id == clip_id:
                return index
        raise KeyError(clip_id)

    def at(self, tick: int) -> tuple[int, int]:
        """The index of the clip that is shown at a tick of the cut, and the tick on its take's clock.

        Raises IndexError outside the cut.
        """
        for index, (clip, position) in enumerate(zip(self.clips, self.positions, strict=True)):
            if position <= tick < position + clip.length:
                return index, clip.start + tick - position
        raise IndexError(tick)

    def sample(self, tick: int) -> int:
        """The first sample of a tick, of the cut or of a take: the nearest, as rates such as 30000/1001 have none."""
        # As round() of a fraction, without its greatest common divisor: a long cut has thousands of clips.
        whole, rest = divmod(tick * SAMPLE_RATE * self.rate.denominator, self.rate.numerator)
        return whole + (2 * rest + (whole & 1) > self.rate.numerator)

    def sound_spans(self) -> Iterator[SoundSpan]:
        """The sound of each clip. Each span ends where the next begins; picture and sound differ by one sample at most.

        An offset beyond the neighbouring clip is reduced, so that no span ends before it begins. Clips that continue
        each other count as one there: a split changes no sound, and one of the parts may have an empty span.
        """
        edges = self._sound_edges()
        for clip, position, first, last in zip(self.clips, self.positions, edges, edges[1:], strict=False):
            yield SoundSpan(clip, first, last, self.sample(clip.start) + first - self.sample(position))

    def _sound_edges(self) -> list[int]:
        edges, earliest = [0], 0
        for left, clip, position in zip(self.clips, self.clips[1:], self.positions[1:], strict=False):
            if clip.continues(left):
                edges.append(max(edges[-1], self.sample(position)))
                continue
            earliest = max(earliest, self.sample(position) + clip.sound_offset)
            for index in range(len(edges) - 1, -1, -1):
                if edges[index] <= earliest:
                    break
                edges[index] = earliest
            edges.append(earliest)
        end = self.sample(self.length)
        return [min(edge, end) for edge in edges] + [end]
