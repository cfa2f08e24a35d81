"""The check that picture and sound of a movie are together, as in their source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check
from engine.time import format_short_time

if TYPE_CHECKING:
    from engine.picture import PictureOffset

# Windows long enough for a few words, in seconds, and the most of them.
_LENGTH, _APART, _MOST = 8.0, 4.0, 9


@dataclass(frozen=True, slots=True)
class SyncWindow:
    """The offsets from `start` to `end` seconds of a movie, None where nothing changes enough to find one.

    `picture` is that of the finished frames against the rendered ones, `sound` (seconds, later is positive) that of the
    finished sound against the source's.
    """

    start: float
    end: float
    picture: PictureOffset | None
    sound: float | None

    @property
    def offset(self) -> float | None:
        """How much later the sound is than the picture, in seconds; None if one of them could not be measured."""
        if self.picture is None or self.sound is None:
            return None
        return self.sound - self.picture.seconds


@check(
    "av-offset",
    "Picture and sound together",
    remedy="Deliver it again. If it fails again, play the take: its own sound may be late.",
)
def av_offset(finished: Finished) -> Iterator[Check]:
    """The offset between picture and sound at up to nine places from the start to the end, by correlating the decoded
    frames with the rendered ones and the decoded sound with the recorded one.
    """
    if finished.master and finished.movie.sound:
        yield judge_offset(finished.once(measure_sync), finished.source.format.rate)


def measure_sync(finished: Finished) -> tuple[SyncWindow, ...]:
    """The offsets of a movie in windows that are spread evenly over it."""
    from engine.picture import picture_offset

    windows = sync_spans(float(finished.seconds))
    rendered, shown = finished.source.rendered, finished.movie.signatures
    return tuple(
        SyncWindow(start, end, picture_offset(rendered, shown, start, end), _sound_offset(finished, start, end))
        for start, end in windows
    )


def _sound_offset(finished: Finished, start: float, end: float) -> float | None:
    """The offset against the recorded sound, or against the mastering's input if that one is not distinct."""
    from engine.sound import sound_offset

    result = finished.profile if finished.master and finished.movie.sound else None
    for source in (finished.recorded_profile, finished.source_profile):
        found = sound_offset(source, result, start, end) if source and result else None
        if found is not None:
            return found
    return None


def sync_spans(seconds: float) -> list[tuple[float, float]]:
    """The windows (start, end) in which the offset of a movie is measured, in seconds: first, last, and between."""
    count = max(1, min(_MOST, int(seconds // _APART)))
    length = min(_LENGTH, seconds)
    step = (seconds - length) / (count - 1) if count > 1 else 0.0
    return [(number * step, number * step + length) for number in range(count)]


def judge_offset(windows: Sequence[SyncWindow], rate: Fraction) -> Check:
    """Compares each measured offset with half a frame; `rate` in frames per second.

    EBU R 37 allows sound that is 40 ms early or 60 ms late at the end of a production chain.
    """
    tolerance = float(1 / rate / 2)
    wanted = f"within ±{tolerance * 1000:.1f} ms, half a frame (EBU R 37: 40 ms early to 60 ms late)"
    found = [(one.start, one.offset) for one in windows if one.offset is not None]
    if not found:
        still = all(one.picture is None for one in windows)
        silent = all(one.sound is None for one in windows)
        what = "neither has" if still and silent else "the picture has not" if still else "the sound has not"
        if not (still or silent):
            what = "they have not at the same time"
        return Check(name="A/V offset", passed=True, measured=f"not measurable: {what} enough change", wanted=wanted)
    offsets = [offset for _, offset in found]
    parts = [f"{_milliseconds(offset)} at {format_short_time(start)}" for start, offset in _shown(found)]
    drift = f", drift {_milliseconds(offsets[-1] - offsets[0])}" if len(offsets) > 1 else ""
    return Check(
        name="A/V offset",
        passed=max(map(abs, offsets)) <= tolerance,
        measured=f"sound {', '.join(parts)}{drift}",
        wanted=wanted,
    )


def _shown(found: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The first, the middle and the last offset, and the worst one."""
    worst = max(found, key=lambda one: abs(one[1]))
    return sorted({found[0], found[len(found) // 2], found[-1], worst})


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:+.1f} ms".replace("-", "−")
