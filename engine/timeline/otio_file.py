"""A cut as an OpenTimelineIO file: a picture track and a sound track of the same clips.

The file is written as JSON of the schemas that OpenTimelineIO 0.18 writes, one clip a line: the library takes ten
times as long for the two thousand clips of an hour. Rates are written as the nearest double of an exact ratio.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from engine.timeline.cut import SAMPLE_RATE, Clip, Cut, CutMarker, SoundSpan
from engine.timeline.cut_items import clip_to_json, cut_to_items
from engine.timeline.media import Media

KEY = "cleanwater"
"""The key of Cleanwater's metadata in every object."""

FOREIGN = "media:"
"""Begins the take of a clip whose media is none of the project's takes; its URL or name follows."""

DISSOLVE, DIP = "SMPTE_Dissolve", "Custom_Transition"
_MARKER_COLORS = {"marker": "GREEN", "chapter": "PURPLE"}
# Fields of a clip that standard fields of the file have.
_STANDARD = frozenset({"take", "start", "length", "name", "markers", "transition", "metadata"})
_CACHED_ITEMS = 20_000


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A take with the URL of its file, absolute or relative to the .otio file."""

    media: Media
    url: str


def write_otio(cut: Cut, files: Mapping[str, MediaFile]) -> bytes:
    """The file of a cut. `files` are the takes by id; a clip of another take gets a missing reference."""
    picture = [item for clip in cut.clips for item in _picture_items(clip, files.get(clip.take or ""), cut.rate)]
    sound = [item for span in cut.sound_spans() for item in _sound_items(span, files.get(span.clip.take or ""), cut)]
    head, *_ = cut_to_items(cut)
    own = {"version": 1, **{name: value for name, value in head.items() if name != "metadata"}}
    tracks = ",\n".join(_track(name, kind, items) for name, kind, items in (
        ("Picture", "Video", picture), ("Sound", "Audio", sound),
    ))  # fmt: skip
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": _metadata(own, cut.metadata),
        "name": cut.name,
        "global_start_time": None,
    }
    stack = {"OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": "tracks"}
    return f'{_text(timeline)[:-1]},"tracks":{_text(stack)[:-1]},"children":[\n{tracks}\n]}}}}\n'.encode()


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
def _picture_items(clip: Clip, file: MediaFile | None, rate: Fraction) -> tuple[str, ...]:
    """The JSON of a clip, after that of its transition."""
    offset = picture_offset(file.media if file else None, rate)
    own = {name: value for name, value in clip_to_json(clip).items() if name not in _STANDARD}
    item: dict[str, Any] = {
        "OTIO_SCHEMA": "Gap.1" if clip.take is None else "Clip.2",
        "metadata": _metadata(own, clip.metadata),
        "name": clip.name,
        "source_range": _range(offset + clip.start, clip.length, rate),
    }
    if clip.markers:
        item["markers"] = [_marker(marker, offset, rate) for marker in clip.markers]
    if clip.take is not None:
        item |= _references(clip.take, file, rate, offset)
    return (*_transition(clip, rate), _text(item))


def _transition(clip: Clip, rate: Fraction) -> Iterator[str]:
    if clip.transition:
        dissolves = clip.transition.kind == "dissolve"
        yield _text(
            {
                "OTIO_SCHEMA": "Transition.1",
                "metadata": {KEY: {"kind": clip.transition.kind}},
                "name": clip.transition.kind,
                "in_offset": _time(clip.transition.before, rate),
                "out_offset": _time(clip.transition.after, rate),
                "transition_type": DISSOLVE if dissolves else DIP,
            }
        )


def _sound_items(span: SoundSpan, file: MediaFile | None, cut: Cut) -> tuple[str, ...]:
    clip, rate = span.clip, Fraction(SAMPLE_RATE)
    silent = clip.take is None or (file is not None and not file.media.has_sound)
    offset = cut.sample(picture_offset(file.media if file else None, cut.rate))
    item = {
        "OTIO_SCHEMA": "Gap.1" if silent else "Clip.2",
        "metadata": {KEY: {"clip": clip.id, "gain_db": clip.gain_db}},
        "name": clip.name,
        "source_range": _range(0 if silent else offset + span.source, span.last - span.first, rate),
    }
    if not silent and clip.take is not None:
        item |= _references(clip.take, file, rate, offset)
    items = [_text(item)]
    if clip.crossfade and span.first:
        before = clip.crossfade // 2
        fade = {
            "OTIO_SCHEMA": "Transition.1",
            "metadata": {},
            "name": "crossfade",
            "in_offset": _time(before, rate),
            "out_offset": _time(clip.crossfade - before, rate),
            "transition_type": DISSOLVE,
        }
        items.insert(0, _text(fade))
    return tuple(items)


def _references(take: str, file: MediaFile | None, rate: Fraction, offset: int) -> dict[str, Any]:
    """The media references of a clip. The available range begins `offset` units of `rate` after midnight."""
    reference: dict[str, Any] = {
        "OTIO_SCHEMA": "MissingReference.1",
        "metadata": {KEY: {"take": take}},
        "name": "",
    }
    if file:
        length = int(file.media.duration * rate)
        reference |= {"name": file.media.label, "available_range": _range(offset, length, rate)}
    url = file.url if file else take.removeprefix(FOREIGN) if take.startswith(FOREIGN) else ""
    if url:
        reference |= {"OTIO_SCHEMA": "ExternalReference.1", "target_url": url}
    return {"media_references": {"DEFAULT_MEDIA": reference}, "active_media_reference_key": "DEFAULT_MEDIA"}


def _marker(marker: CutMarker, offset: int, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {KEY: {"kind": marker.kind}},
        "name": marker.label,
        "color": _MARKER_COLORS[marker.kind],
        "marked_range": _range(offset + marker.at, 0, rate),
        "comment": "",
    }


def _metadata(own: dict[str, Any], foreign: str) -> dict[str, Any]:
    return {**(json.loads(foreign) if foreign else {}), KEY: own}


def _range(start: int, length: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": _time(length, rate), "start_time": _time(start, rate)}


def _time(value: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
