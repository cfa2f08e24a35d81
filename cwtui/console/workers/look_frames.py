"""Renders the frames and the scopes of Look, by the pass graph of deliveries."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwtui.console.messages import LookFrameRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.looks import Look, TakeSources
    from engine.picture import ScopeNumbers, Viewer

_LINE = (245, 245, 245)


class LookFrames:
    """Keeps the last frames before and after a look: a wipe and another scope need no other rendering."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # By side, and whether it is counted by a scope.
        self._frames: dict[tuple[str, bool], tuple[tuple[Any, ...], NDArray[np.uint8]]] = {}
        self.note = ""

    def render(
        self, viewer: Viewer, request: LookFrameRequest, stored: Callable[[], TakeSources | None]
    ) -> NDArray[np.uint8]:
        """The picture of a request. Raises EngineError for a look with errors, with its file and lines.

        `stored` returns the masks and other sources of the take. `note` is what was measured of the scope's frame, or
        the confidence of the sources in that of a picture.
        """
        self.note = ""
        width = request.frame_width or request.width
        look = self._look(request) if request.side != "before" else None
        sources = stored() if look and look.reads else None
        if look and look.reads:
            from engine.looks import require_sources

            require_sources(look, sources.names if sources else (), request.take.label)
        before = self._frame("before", viewer, request, width, None, None) if request.side != "after" else None
        after = self._frame("after", viewer, request, width, look, sources) if request.side != "before" else None
        if request.scope is None:
            self.note = describe_confidence(look, sources, self._time(viewer, request)) if look and sources else ""
            return _wiped(before, after, request.wipe)
        from engine.picture import draw_scope, scope_numbers

        shown = after if after is not None else before
        assert shown is not None
        codes = shown / 255
        self.note = describe_numbers(scope_numbers(codes, "sdr"))
        return draw_scope(codes, request.scope, (request.width, request.height))

    def _look(self, request: LookFrameRequest) -> Look:
        from engine.looks import OWN_LOOKS, load_look, with_parameters

        return with_parameters(load_look(request.look, self._folder / OWN_LOOKS), dict(request.changes))

    def _time(self, viewer: Viewer, request: LookFrameRequest) -> Fraction:
        """The time of the recorded frame, in seconds."""
        from engine.looks import TakeMoments

        moments = TakeMoments(viewer.grid)
        return moments.nearest(request.moment.time) if request.moment else moments.at(request.tick)[0]

    def _frame(
        self,
        side: str,
        viewer: Viewer,
        request: LookFrameRequest,
        width: int,
        look: Look | None,
        sources: TakeSources | None,
    ) -> NDArray[np.uint8]:
        """The frame with a look or without one, as a deliverable shows it in SDR."""
        from engine.keyframes import curve_from_keys
        from engine.looks import ClipLook, TakeLook, TakeMoments

        moment, take = request.moment, request.take
        key = (
            take.id,
            take.input_transform,
            request.tick,
            width,
            look.digest if look else "",
            moment if look else None,
            sources,
        )
        # A terminal with graphics may show the frame that is counted.
        kept = [made for known, made in self._frames.values() if known == key]
        if kept:
            return kept[0]
        picture = take.probe.picture
        assert picture
        scene: ClipLook | TakeLook | None = None
        if look and moment:
            curves = {one.parameter: curve_from_keys(one.keys) for one in moment.animation}
            shown, step = self._time(viewer, request), 1 / picture.frame_rate
            scene = ClipLook(look, moment.time, moment.clip, curves, sources, shown, step)
        elif look:
            scene = TakeLook(look, picture.frame_rate, sources, TakeMoments(viewer.grid))
        tick, number = (viewer.tick_at(moment.time), moment.tick) if moment else (request.tick, request.tick)
        made = viewer.at(tick, width, take.input_transform, look=scene, number=number)
        self._frames[side, request.scope is not None] = (key, made)
        return made


def _wiped(before: NDArray[np.uint8] | None, after: NDArray[np.uint8] | None, wipe: Fraction) -> NDArray[np.uint8]:
    """One of two frames, or both with a line between them."""
    if before is None or after is None:
        shown = after if after is not None else before
        assert shown is not None
        return shown
    width = after.shape[1]
    edge = round(wipe * width)
    made = after.copy()
    made[:, :edge] = before[:, :edge]
    line = max(1, width // 400)
    if 0 < edge < width:
        made[:, edge : edge + line] = _LINE
    return made


def describe_confidence(look: Look, sources: TakeSources, time: Fraction) -> str:
    """The sources that a look reads, with their confidence at a time of the take."""
    found = {name: sources.load(name, time, Fraction(0)).confidence for name in look.reads if name in sources.names}
    return " · ".join(f"{name} {100 * share:.0f} %" for name, share in found.items() if name != "flow_validity")


def describe_numbers(numbers: ScopeNumbers) -> str:
    """The numbers of a frame in words."""
    parts = [
        f"luma {numbers.low:.0f}–{numbers.high:.0f} %",
        f"mean {numbers.mean:.0f} %, {numbers.mean_nits:.1f} nits",
        f"highest {numbers.highest_nits:.0f} nits",
    ]
    if numbers.black >= 0.0005:
        parts.append(f"at black {100 * numbers.black:.1f} %")
    if numbers.white >= 0.0005:
        parts.append(f"at white {100 * numbers.white:.1f} %")
    return " · ".join(parts)
