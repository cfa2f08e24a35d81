"""The sound and the frames around the edit before a clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cwtui.console.screens.cut.edge_frames import EdgeFrame
from cwtui.console.shown_cut import ShownCut
from cwtui.console.widgets.edit_waveform import EditSound, SideSound
from engine.catalog import Take

if TYPE_CHECKING:
    from engine.tasks import TakeLevels
    from engine.timeline import Clip


def sound_around(shown: ShownCut, index: int, levels_of: Callable[[Clip], TakeLevels | None]) -> EditSound:
    """The sound of the previous clip's end, and of this clip's start."""

    def side(clip: Clip, tick: int) -> SideSound | None:
        levels = levels_of(clip)
        return SideSound(levels.rms, levels.step, tick / shown.cut.rate) if levels else None

    clips = shown.cut.clips
    before = side(clips[index - 1], clips[index - 1].end) if index else None
    return EditSound(before, side(clips[index], clips[index].start))


def frames_around(
    shown: ShownCut, index: int, take_of: Callable[[Clip], Take | None]
) -> tuple[EdgeFrame | None, EdgeFrame | None]:
    """The last frame of the previous clip, and the first one of this clip."""
    clips, rate = shown.cut.clips, shown.cut.rate
    clip, left = clips[index], clips[index - 1] if index else None
    before = EdgeFrame(f"end of {index}", take_of(left), left.end / rate, True) if left else None
    return before, EdgeFrame(f"start of {index + 1}", take_of(clip), clip.start / rate)
