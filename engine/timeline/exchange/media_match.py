"""Matches the media of an exchange file with the takes of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import PurePath
from typing import Literal

from engine.time import Timecode
from engine.timeline.cut import Alternate, Clip, Cut
from engine.timeline.exchange.timeline import ExchangeMedia, ExchangeTimeline, IssueLog, file_path
from engine.timeline.otio_file import FOREIGN

Evidence = Literal["id", "path", "name", "timecode", "choice"]

# Conversions between frame rates round at both ends of a clip, so that it may end this many frames after its take.
_ROUNDING = 2


@dataclass(frozen=True, slots=True)
class MediaMatch:
    """A file's media, the take that it is (None if unknown), and by which evidence."""

    media: ExchangeMedia
    take: ExchangeMedia | None
    evidence: Evidence | None = None


def match_media(
    timeline: ExchangeTimeline, takes: Sequence[ExchangeMedia], choices: Mapping[str, str] | None = None
) -> tuple[MediaMatch, ...]:
    """The take of each media: by the take's id, the path, the file name, then by timecode.

    `takes` are the takes as media, `choices` the ids of takes by media name or key, which the user chose. Of takes
    with the same name, the one with the same timecode or duration is the match; without a difference there is none.
    """
    used = _used(timeline)
    out = []
    for key, one in timeline.media.items():
        if key in used:
            take, evidence = _match(one, used[key], timeline, takes, choices or {})
            out.append(MediaMatch(one, take, evidence if take else None))
    return tuple(out)


def with_takes(timeline: ExchangeTimeline, matches: Iterable[MediaMatch], log: IssueLog) -> Cut:
    """The cut of the takes. A clip of unknown media keeps its reference; a part that its take lacks becomes a gap.

    Every such part is a problem in the log. The positions of all clips stay.
    """
    known = {match.media.key: match.take for match in matches}
    for match in matches:
        if match.take is None:
            count = sum(clip.take == match.media.key for clip in timeline.cut.clips)
            shown = f"{count} clip{'s' if count != 1 else ''}" if count else "alternates"
            log.problem(f"“{match.media.file_name}” ({shown}) is not in the project")
    clips: list[Clip] = []
    for number, clip in enumerate(timeline.cut.clips, 1):
        clips += _placed(clip, number, timeline, known, log)
    renumbered = tuple(replace(clip, id=str(number)) for number, clip in enumerate(clips, 1))
    return replace(timeline.cut, clips=renumbered)


def _used(timeline: ExchangeTimeline) -> dict[str, list[tuple[int, int]]]:
    """The ticks of each media that the cut uses."""
    out: dict[str, list[tuple[int, int]]] = {}
    for clip in timeline.cut.clips:
        if clip.take is not None:
            out.setdefault(clip.take, []).append((clip.start, clip.length))
            for other in clip.alternates:
                out.setdefault(other.take, []).append((other.start, other.length))
    return out


def _match(
    one: ExchangeMedia,
    used: list[tuple[int, int]],
    timeline: ExchangeTimeline,
    takes: Sequence[ExchangeMedia],
    choices: Mapping[str, str],
) -> tuple[ExchangeMedia | None, Evidence]:
    chosen = next((choices[name] for name in (one.key, one.name, one.file_name) if name in choices), None)
    if chosen is not None:
        return next((take for take in takes if take.key == chosen), None), "choice"
    if one.take:
        same = [take for take in takes if take.key == one.take]
        if same:
            return same[0], "id"
    path = file_path(one.location)
    same = [take for take in takes if path and take.location == path]
    if len(same) == 1:
        return same[0], "path"
    same = [take for take in takes if _names(one) & _names(take)]
    if len(same) > 1:
        same = [take for take in same if _alike(one, take, used, timeline)]
    if same:
        return (same[0] if len(same) == 1 else None), "name"
    if timeline.by_timecode or one.origin:
        same = [take for take in takes if take.origin and _covers(one, take, used, timeline)]
    return (same[0] if len(same) == 1 else None), "timecode"


def _names(one: ExchangeMedia) -> set[str]:
    """The names of a file in lower case, without folder and extension."""
    names = {one.name, one.file_name, one.reel}
    return {PurePath(name).stem.lower() if "." in name[-5:] else name.lower() for name in names if name} - {"ax"}


def _alike(one: ExchangeMedia, take: ExchangeMedia, used: list[tuple[int, int]], timeline: ExchangeTimeline) -> bool:
    if one.duration is not None and take.duration is not None:
        return abs(one.duration - take.duration) * timeline.cut.rate <= _ROUNDING
    return _covers(one, take, used, timeline)


def _covers(one: ExchangeMedia, take: ExchangeMedia, used: list[tuple[int, int]], timeline: ExchangeTimeline) -> bool:
    """Whether a take has the timecodes that the cut uses."""
    rate = timeline.cut.rate
    shift = 0 if timeline.by_timecode else _ticks(one.origin, rate)
    available = int((take.duration or 0) * rate)
    starts = [(_since(start + shift, take.origin, rate), length) for start, length in used]
    return all(start >= 0 and start + length <= available + _ROUNDING for start, length in starts)


def _ticks(seconds: Fraction | None, rate: Fraction) -> int:
    return round((seconds or Fraction(0)) * rate)


def _since(at: int, origin: Fraction | None, rate: Fraction) -> int:
    """The ticks from a recording's first frame to a timecode; a recording may run past midnight."""
    since = at - _ticks(origin, rate)
    day = 24 * 3600 * round(rate)
    return since + day if since < -day // 2 else since


def _placed(
    clip: Clip, number: int, timeline: ExchangeTimeline, known: Mapping[str, ExchangeMedia | None], log: IssueLog
) -> Iterator[Clip]:
    """A clip on the clock of its take, with a gap for what the take does not have."""
    if clip.take is None:
        yield clip
        return
    rate, take = timeline.cut.rate, known.get(clip.take)
    media = timeline.media[clip.take]
    if take is None:
        # The reference stays, so that nothing is lost: such a clip can be replaced, or exported again.
        alternates = tuple(_alternates(clip, number, timeline, known, log))
        yield replace(clip, take=_reference(media), name=clip.name or media.file_name, alternates=alternates)
        return
    start = _since(clip.start, take.origin, rate) if timeline.by_timecode else clip.start
    shift = start - clip.start
    available = max(1, int(take.duration * rate)) if take.duration is not None else start + clip.length
    over = start + clip.length - available
    if start >= 0 and 0 < over <= min(_ROUNDING, start):
        start, shift, over = start - over, shift - over, 0
    if start < 0 or start >= available:
        code = Timecode(rate, clip.start, take.drop).label(0) if timeline.by_timecode else f"frame {clip.start}"
        log.problem(f"clip {number}: {take.name} has no {code}; it has {_span(take, rate, available, timeline)}")
        reason = f"{take.name} does not have this part."
        yield Clip(clip.id, None, 0, clip.length, clip.name or take.name, transition=clip.transition, reason=reason)
        return
    length = min(clip.length, available - start)
    yield replace(
        clip,
        take=take.key,
        start=start,
        length=length,
        name=clip.name or (take.name if take.key.startswith(FOREIGN) else ""),
        markers=tuple(replace(marker, at=marker.at + shift) for marker in clip.markers),
        alternates=tuple(_alternates(clip, number, timeline, known, log)),
    )
    if length < clip.length:
        log.problem(f"clip {number}: {take.name} ends {clip.length - length} frames before the clip")
        yield Clip(
            "", None, 0, clip.length - length, clip.name or take.name, reason=f"{take.name} does not have this part."
        )


def _reference(media: ExchangeMedia) -> str:
    """What stands for a take that the project does not have."""
    return f"{FOREIGN}{media.location or media.name}"


def _alternates(
    clip: Clip, number: int, timeline: ExchangeTimeline, known: Mapping[str, ExchangeMedia | None], log: IssueLog
) -> Iterator[Alternate]:
    rate = timeline.cut.rate
    for other in clip.alternates:
        take = known.get(other.take)
        if take is None:
            yield replace(other, take=_reference(timeline.media[other.take]))
            continue
        start = _since(other.start, take.origin, rate) if timeline.by_timecode else other.start
        available = max(1, int(take.duration * rate)) if take.duration is not None else start + other.length
        if not 0 <= start < available:
            log.problem(f"clip {number}: {take.name} does not have the part of the alternate")
            continue
        yield replace(other, take=take.key, start=start, length=min(other.length, available - start))


def _span(take: ExchangeMedia, rate: Fraction, available: int, timeline: ExchangeTimeline) -> str:
    if not timeline.by_timecode:
        return f"{available} frames"
    code = Timecode(rate, _ticks(take.origin, rate), take.drop)
    return f"{code.label(0)} to {code.label(available)}"
