"""The pictures of each tick of a cut: one clip, or two during a transition."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.picture import Reveal
from engine.timeline.cut import Cut, Transition


@dataclass(frozen=True, slots=True)
class ClipLayer:
    """A clip's share of the light of a tick, 0 to 1; `tick` is on the take's clock and may be beyond the clip.

    In a wipe or a push, `reveal` says where the clip is seen.
    """

    clip: int
    tick: int
    share: float
    reveal: Reveal | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the clip is seen as it is."""
        return self.share == 1 and self.reveal is None


class CutLayers:
    """The layers of each tick of a cut. Gaps have none, so that a tick without layers is black.

    Shares change in equal steps, so that the first and the last frame of a transition already differ from the frames
    beside it. A transition ends where the clip or the transition of its other edge begins.
    """

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._positions = cut.positions
        self._edges = [_edge(cut, index) for index in range(len(cut.clips))]

    def at(self, tick: int) -> Sequence[ClipLayer]:
        """The layers of a tick of the cut. Raises IndexError outside the cut."""
        if not 0 <= tick < self._cut.length:
            raise IndexError(tick)
        index = bisect_right(self._positions, tick) - 1
        inside = tick - self._positions[index]
        left = self._cut.clips[index].length - inside
        _, after = self._edges[index]
        if inside < after:
            return self._mixed(index, inside)
        if index + 1 < len(self._edges) and left <= self._edges[index + 1][0]:
            return self._mixed(index + 1, -left)
        return self._layers([(index, inside, 1.0)])

    def shown(self, index: int) -> tuple[int, int]:
        """The first tick of a clip's take that the cut shows, and the tick after the last one, transitions included."""
        clip = self._cut.clips[index]
        before, _ = self._edges[index]
        after = self._edges[index + 1][1] if index + 1 < len(self._edges) else 0
        overlaps = clip.transition is not None and clip.transition.needs_handles
        following = self._cut.clips[index + 1].transition if after else None
        continues = following is not None and following.needs_handles
        return clip.start - (before if overlaps else 0), clip.end + (after if continues else 0)

    def _mixed(self, index: int, distance: int) -> Sequence[ClipLayer]:
        """The layers `distance` ticks after the edge before a clip."""
        transition = self._cut.clips[index].transition
        assert transition is not None
        before, after = self._edges[index]
        if transition.kind == "dip":
            if distance < 0:
                previous = self._cut.clips[index - 1]
                return self._layers([(index - 1, previous.length + distance, -distance / (before + 1))])
            return self._layers([(index, distance, (distance + 1) / (after + 1))])
        share = (before + distance + 1) / (before + after + 1)
        if transition.kind in ("wipe", "push"):
            return self._revealed(index, distance, transition, share)
        if index == 0:
            return self._layers([(0, distance, share)])
        previous = self._cut.clips[index - 1]
        return self._layers([(index - 1, previous.length + distance, 1 - share), (index, distance, share)])

    def _revealed(self, index: int, distance: int, transition: Transition, progress: float) -> Sequence[ClipLayer]:
        parts = [(index, distance, True)]
        if index:
            parts.insert(0, (index - 1, self._cut.clips[index - 1].length + distance, False))
        kind: Literal["wipe", "push"] = "wipe" if transition.kind == "wipe" else "push"
        made = []
        for clip, inside, incoming in parts:
            reveal = Reveal(kind, transition.direction, progress, incoming, transition.softness)
            made += [replace(layer, reveal=reveal) for layer in self._layers([(clip, inside, 1.0)])]
        return made

    def _layers(self, parts: Sequence[tuple[int, int, float]]) -> Sequence[ClipLayer]:
        clips = self._cut.clips
        return [
            ClipLayer(index, clips[index].start + inside, share)
            for index, inside, share in parts
            if clips[index].take is not None
        ]


def _edge(cut: Cut, index: int) -> tuple[int, int]:
    """The ticks of the transition before and after the edge at which a clip begins, within both clips."""
    clip = cut.clips[index]
    if clip.transition is None:
        return 0, 0
    after = min(clip.transition.after, clip.length)
    if index == 0:
        return 0, after
    previous = cut.clips[index - 1]
    taken = min(previous.transition.after, previous.length) if previous.transition else 0
    return min(clip.transition.before, previous.length - taken), after
