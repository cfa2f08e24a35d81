"""A cut as an OpenTimelineIO file: a picture track and a sound track of the same clips, and tracks of titles.

The file is written as JSON of the schemas that OpenTimelineIO 0.18 writes, one clip a line: the library takes ten
times as long for the two thousand clips of an hour. Rates are written as the nearest double of an exact ratio.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from engine.timeline.cut import SAMPLE_RATE, Clip, Cut, CutMarker, SoundSpan
from engine.timeline.cut_items import clip_to_json, cut_to_items
from engine.timeline.media import Media
from engine.timeline.otio_times import rational_time, time_range
from engine.timeline.otio_titles import title_tracks

KEY = "cleanwater"
"""The key of Cleanwater's metadata in every object."""

FOREIGN = "media:"
"""Begins the take of a clip whose media is none of the project's takes; its URL or name follows."""

DISSOLVE, CUSTOM = "SMPTE_Dissolve", "Custom_Transition"
_MARKER_COLORS = {"marker": "GREEN", "chapter": "PURPLE"}
# Fields of a clip that standard fields of the file have.
_STANDARD = frozenset({"take", "start", "length", "markers", "transition", "metadata"})
_CACHED_ITEMS = 20_000


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A take with the URL of its file, absolute or relative to the .otio file."""

    media: Media
    url: str


class _Source(NamedTuple):
    """What the items of a take have in common; without a file, `known` is false. The offsets are ticks and samples.

    It has no fractions, whose hashes take longer than all else.
    """

    known: bool
    label: str
    url: str
    has_sound: bool
    rate: float
    offset: int
    length: int
    sample_offset: int
    samples: int


def write_otio(cut: Cut, files: Mapping[str, MediaFile]) -> bytes:
    """The file of a cut. `files` are the takes by id; a clip of another take gets a missing reference."""
    sources = {take: _source(take, files.get(take), cut) for take in cut.takes}
    empty = _source("", None, cut)
    picture = [item for clip in cut.clips for item in _picture_items(clip, sources.get(clip.take or "", empty))]
    sound = [
        item for span in cut.sound_spans() for item in _sound_items(span, sources.get(span.clip.take or "", empty))
    ]
    head, *_ = cut_to_items(replace(cut, clips=()))
    own = {"version": 1, **{name: value for name, value in head.items() if name != "metadata"}}
    titles = [_text(track) for track in title_tracks(cut, KEY)]
    tracks = ",\n".join((_track("Picture", "Video", picture), _track("Sound", "Audio", sound), *titles))
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": _metadata(own, cut.metadata),
        "name": cut.name,
        "global_start_time": None,
    }
    stack = {"OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": "tracks"}
    return f'{_text(timeline)[:-1]},"tracks":{_text(stack)[:-1]},"children":[\n{tracks}\n]}}}}\n'.encode()


def _source(take: str, file: MediaFile | None, cut: Cut) -> _Source:
    rate = float(cut.rate)
    if file is None:
        url = take.removeprefix(FOREIGN) if take.startswith(FOREIGN) else ""
        return _Source(False, "", url, True, rate, 0, 0, 0, 0)
    media = file.media
    offset, length = picture_offset(media, cut.rate), int(media.duration * cut.rate)
    samples = int(media.duration * SAMPLE_RATE)
    return _Source(True, media.label, file.url, media.has_sound, rate, offset, length, cut.sample(offset), samples)


def picture_offset(media: Media | None, rate: Fraction) -> int:
    """The ticks from midnight to tick 0 of a take by its timecode; 0 without one, or where they are not whole."""
    if media is None or media.timecode is None or media.frame_rate is None:
        return 0
    ticks = media.timecode.first * rate / media.frame_rate
    return int(ticks) if ticks.denominator == 1 else 0


def _track(name: str, kind: str, items: list[str]) -> str:
    track = _text({"OTIO_SCHEMA": "Track.1", "metadata": {}, "name": name, "kind": kind})
    children = ",\n".join(items)
    return f'{track[:-1]},"children":[\n{children}\n]}}'


@lru_cache(maxsize=_CACHED_ITEMS)
def _picture_items(clip: Clip, source: _Source) -> tuple[str, ...]:
    """The JSON of a clip, after that of its transition."""
    offset, rate = source.offset, source.rate
    own = {name: value for name, value in clip_to_json(clip).items() if name not in _STANDARD}
    item: dict[str, Any] = {
        "OTIO_SCHEMA": "Gap.1" if clip.take is None else "Clip.2",
        "metadata": _metadata(own, clip.metadata),
        "name": clip.name or source.label,
        "source_range": time_range(offset + clip.start, clip.length, rate),
    }
    if clip.markers:
        item["markers"] = [_marker(marker, offset, rate) for marker in clip.markers]
    if clip.take is not None:
        item |= _references(clip.take, source, time_range(offset, source.length, rate))
    return (*_transition(clip, rate), _text(item))


def _transition(clip: Clip, rate: float) -> Iterator[str]:
    if clip.transition:
        one = clip.transition
        dissolves = one.kind == "dissolve"
        moves = {"direction": one.direction, "softness": one.softness} if one.kind in ("wipe", "push") else {}
        yield _text(
            {
                "OTIO_SCHEMA": "Transition.1",
                "metadata": {KEY: {"kind": one.kind, **moves}},
                "name": clip.transition.kind,
                "in_offset": rational_time(clip.transition.before, rate),
                "out_offset": rational_time(clip.transition.after, rate),
                "transition_type": DISSOLVE if dissolves else CUSTOM,
            }
        )


def _sound_items(span: SoundSpan, source: _Source) -> Iterator[str]:
    """The JSON of the sound of a clip, after that of its crossfade."""
    clip = span.clip
    if clip.crossfade and span.first:
        yield _crossfade(clip.crossfade)
    head, tail = _sound_text(clip.take, clip.id, clip.gain_db + 0.0, clip.name, source)
    start = source.sample_offset + span.source if clip.take is not None and source.has_sound else 0
    yield f"{head}{_sound_range(start, span.last - span.first)}{tail}"


@lru_cache(maxsize=_CACHED_ITEMS)
def _sound_text(take: str | None, clip_id: str, gain_db: float, name: str, source: _Source) -> tuple[str, str]:
    """The JSON of the sound of a clip before and after its source range."""
    item: dict[str, Any] = {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {KEY: {"clip": clip_id, "gain_db": gain_db}},
        "name": name or source.label,
    }
    if take is None or not source.has_sound:
        return f'{_text(item)[:-1]},"source_range":', "}"
    rest = _references(take, source, time_range(source.sample_offset, source.samples, float(SAMPLE_RATE)))
    return f'{_text({**item, "OTIO_SCHEMA": "Clip.2"})[:-1]},"source_range":', f",{_text(rest)[1:]}"


def _sound_range(start: int, length: int) -> str:
    zero = f'{{"OTIO_SCHEMA":"RationalTime.1","rate":{float(SAMPLE_RATE)},"value":'
    return f'{{"OTIO_SCHEMA":"TimeRange.1","duration":{zero}{length}.0}},"start_time":{zero}{start}.0}}}}'


@lru_cache
def _crossfade(samples: int) -> str:
    rate, before = float(SAMPLE_RATE), samples // 2
    return _text(
        {
            "OTIO_SCHEMA": "Transition.1",
            "metadata": {},
            "name": "crossfade",
            "in_offset": rational_time(before, rate),
            "out_offset": rational_time(samples - before, rate),
            "transition_type": DISSOLVE,
        }
    )


def _references(take: str, source: _Source, available: dict[str, Any]) -> dict[str, Any]:
    """The media references of a clip."""
    reference: dict[str, Any] = {
        "OTIO_SCHEMA": "ExternalReference.1" if source.url else "MissingReference.1",
        "metadata": {KEY: {"take": take}},
        "name": source.label,
        "available_range": available if source.known else None,
    }
    if source.url:
        reference["target_url"] = source.url
    return {"media_references": {"DEFAULT_MEDIA": reference}, "active_media_reference_key": "DEFAULT_MEDIA"}


def _marker(marker: CutMarker, offset: int, rate: float) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {KEY: {"kind": marker.kind}},
        "name": marker.label,
        "color": _MARKER_COLORS[marker.kind],
        "marked_range": time_range(offset + marker.at, 0, rate),
        "comment": "",
    }


def _metadata(own: dict[str, Any], foreign: str) -> dict[str, Any]:
    return {**(json.loads(foreign) if foreign else {}), KEY: own}


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
