"""Split edits in FCPXML: the sound of a clip that begins or ends apart from its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.timeline.cut import SAMPLE_RATE, Cut
from engine.timeline.exchange.fcpxml_values import parse_time
from engine.timeline.exchange.timeline import ExchangeMedia, IssueLog

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True, slots=True)
class SoundEdges:
    """The sound of a clip: its begin and end in samples of the cut, None where it follows the picture.

    `fade_in` and `fade_out` are in samples.
    """

    begin: int | None = None
    end: int | None = None
    fade_in: int = 0
    fade_out: int = 0


def side_of(element: etree._Element, offset: Fraction, start: Fraction, duration: Fraction) -> SoundEdges:
    """The sound of a story element that begins `offset` seconds after the cut. Raises ValueError."""
    begin, end = element.get("audioStart"), element.get("audioDuration")
    first = offset + (parse_time(begin) - start if begin else 0)
    last = first + parse_time(end) if end else offset + duration
    return SoundEdges(
        round(first * SAMPLE_RATE) if begin else None,
        round(last * SAMPLE_RATE) if end else None,
        _fade(element, "fadeIn"),
        _fade(element, "fadeOut"),
    )


def _fade(element: etree._Element, tag: str) -> int:
    fade = element.find(f"adjust-volume/param[@name='amount']/{tag}")
    return round(parse_time(fade.get("duration")) * SAMPLE_RATE) if fade is not None else 0


def join_sound(cut: Cut, sides: list[SoundEdges], media: Mapping[str, ExchangeMedia], log: IssueLog) -> Cut:
    """The cut with the joins of its sound: where two sounds overlap, they fade into each other around the middle."""
    clips = list(cut.clips)
    sounds = [clip.take is not None and media[clip.take].channels > 0 for clip in clips]
    positions = cut.positions
    for index in range(1, len(clips)):
        position = cut.sample(positions[index])
        before, after = sides[index - 1], sides[index]
        if not (sounds[index] and sounds[index - 1]):
            edge = after.begin if sounds[index] else before.end
            fade = after.fade_in if sounds[index] else before.fade_out
            clips[index] = replace(clips[index], sound_offset=(edge or position) - position, crossfade=fade)
            continue
        if before.end is None and after.begin is None:
            continue
        end = position if before.end is None else before.end
        begin = position if after.begin is None else after.begin
        if begin > end:
            log.note("silence in split edits")
        overlap = max(0, end - begin)
        offset = begin + overlap // 2 - position
        clips[index] = replace(clips[index], sound_offset=offset, crossfade=overlap)
    return replace(cut, clips=tuple(clips))
