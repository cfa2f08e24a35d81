"""The facts about a take on which a cut depends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from engine.catalog import Take
from engine.time import Timecode


@dataclass(frozen=True, slots=True)
class Media:
    """A take, as far as a cut depends on it: `duration` in seconds, `frame_rate` None without a picture.

    `timecode` is that of the recording's tick 0 at the take's own rate, None if the camera wrote none.
    """

    take: str
    label: str
    duration: Fraction
    frame_rate: Fraction | None
    width: int
    height: int
    has_sound: bool
    timecode: Timecode | None = None

    def ticks(self, rate: Fraction) -> int:
        """The number of whole ticks of a cut with this rate, at least one."""
        return max(1, int(self.duration * rate))


def media_of(take: Take) -> Media:
    """The facts about a take."""
    probe = take.probe
    picture = probe.picture if probe.picture and probe.picture.unsupported is None else None
    rate = picture.frame_rate if picture else None
    return Media(
        take=take.id,
        label=take.label,
        duration=probe.duration,
        frame_rate=rate,
        width=picture.display_width if picture else 0,
        height=picture.display_height if picture else 0,
        has_sound=probe.chosen_sound is not None,
        timecode=Timecode.parse(probe.capture.timecode, rate) if rate else None,
    )


def common_format(media: Iterable[Media]) -> tuple[Fraction, int, int]:
    """The most frequent rate and the most frequent canvas (width, height) of takes; of equal ones, the first.

    Without pictures: 30 frames per second, 1920 × 1080.
    """
    pictures = [one for one in media if one.frame_rate is not None]
    rates = Counter(one.frame_rate for one in pictures)
    canvases = Counter((one.width, one.height) for one in pictures)
    rate = next((rate for rate, _ in rates.most_common(1) if rate), Fraction(30))
    width, height = next((canvas for canvas, _ in canvases.most_common(1)), (1920, 1080))
    return rate, width, height
