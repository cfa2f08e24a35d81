"""Reads the cut of an OpenTimelineIO file: one that Cleanwater wrote, or of another program as far as a cut has it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from engine.errors import EngineError
from engine.time import STANDARD_RATES
from engine.timeline.cut import SAMPLE_RATE, Clip, Cut, CutMarker
from engine.timeline.cut_items import clip_from_json, cut_from_items, first_problem
from engine.timeline.media import Media
from engine.timeline.otio_file import CUSTOM, FOREIGN, KEY
from engine.timeline.otio_titles import is_title_track

Json = dict[str, Any]
Units = int | Fraction

# The schemas that the reader knows. OpenTimelineIO converts files with others.
_SCHEMAS = {
    "Timeline.1", "Stack.1", "Track.1", "Clip.2", "Gap.1", "Transition.1", "Marker.2", "ExternalReference.1",
    "MissingReference.1", "GeneratorReference.1", "ImageSequenceReference.1", "Effect.1", "TimeEffect.1",
    "LinearTimeWarp.1", "FreezeFrame.1", "RationalTime.1", "TimeRange.1", "TimeTransform.1", "SerializableCollection.1",
    "Box2d.1", "V2d.1", "Color.1",
}  # fmt: skip
# 29.97 is 30000/1001, 24 is not 24000/1001.
_SAME_RATE = Fraction(1, 5000)
_RESTORE = "Export it again, or restore an earlier version of the file."


@dataclass(frozen=True, slots=True)
class OtioCut:
    """The cut of a file. `losses` are sentences about what the file has and a cut has not.

    `unknown` are the names of media that are none of the project's takes. Their clips have takes that begin with
    “media:”.
    """

    cut: Cut
    losses: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_otio(content: bytes, name: str, takes: Iterable[Media] = ()) -> OtioCut:
    """The cut in a file. Media without a take's id is looked up among `takes` by label and file name.

    Raises EngineError if the file is damaged or has no picture track.
    """
    try:
        return _Reader(name, _timeline(content), takes).read()
    except EngineError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise EngineError(f"“{name}” is not a readable .otio file: {first_problem(error)}.", _RESTORE) from error


@lru_cache
def exact_rate(rate: float) -> Fraction:
    """The rate as an exact ratio: 30000/1001 for 29.97. Raises ValueError unless it is positive and finite."""
    if not 0 < rate < 1e9:
        raise ValueError(f"the rate {rate} is not possible")
    near = min(STANDARD_RATES, key=lambda standard: abs(standard - Fraction(rate)))
    if abs(near - Fraction(rate)) <= near * _SAME_RATE:
        return near
    return Fraction(rate).limit_denominator(1001)


class _Clock(NamedTuple):
    """A rate in units per second, and the double that stands for it in a file. Fractions are slow to compare."""

    rate: Fraction
    double: float


_SAMPLES = _Clock(Fraction(SAMPLE_RATE), float(SAMPLE_RATE))


@dataclass
class _Item:
    """An item of a track. Its media begins at `origin`, and its `start` counts from there."""

    value: Json
    position: Units
    duration: Units
    start: Units
    origin: Units
    transition: Json | None = None


@dataclass
class _Reader:
    name: str
    timeline: Json
    takes: Iterable[Media]
    losses: list[str] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)

    def read(self) -> OtioCut:
        stack = self.timeline["tracks"]
        tracks = [one for one in stack["children"] if _kind(one) == "Track"]
        pictures = [one for one in tracks if one.get("kind") == "Video" and not is_title_track(one, KEY)]
        track = next((one for one in pictures if any(_kind(item) == "Clip" for item in one["children"])), None)
        track = track or next(iter(pictures), None)
        if track is None:
            raise EngineError(f"“{self.name}” has no picture track.", "Export the sequence with its picture.")
        sounds = [one for one in tracks if one.get("kind") == "Audio"]
        for one in stack["children"]:
            if (
                one is not track
                and one not in sounds[:1]
                and one.get("children", True)
                and not is_title_track(one, KEY)
            ):
                self.losses.append(f"The track “{one.get('name') or _kind(one)}” is left out.")
        own = self.timeline["metadata"].get(KEY)
        head = self._head(own if isinstance(own, dict) else {}, track["children"])
        rate = Fraction(*head["rate"])
        clock = _Clock(rate, float(rate))
        clips = tuple(_with_ids(self._clips(track, clock)))
        foreign = {name: value for name, value in self.timeline["metadata"].items() if name != KEY}
        cut = replace(cut_from_items(self.name, [head]), clips=clips, metadata=_foreign_text(foreign))
        cut = self._with_track_markers(cut, [self.timeline, stack, track], clock)
        cut = self._with_sound(cut, sounds[0]) if sounds else cut
        return OtioCut(cut, tuple(dict.fromkeys(self.losses)), tuple(self.unknown))

    def _head(self, own: Json, items: list[Json]) -> Json:
        """The values of the cut: those that Cleanwater wrote, or the commonest rate and the canvas of the takes."""
        if "rate" in own:
            return {name: value for name, value in own.items() if name != "version"}
        rates = Counter(exact_rate(found["duration"]["rate"]) for one in items if (found := _range_of(one)) is not None)
        rate = next((rate for rate, _ in rates.most_common(1)), Fraction(30))
        ids = {self._take(_reference(one)) for one in items if _is_shown(one)}
        canvases = Counter((one.width, one.height) for one in self.takes if one.take in ids and one.width)
        width, height = next((canvas for canvas, _ in canvases.most_common(1)), (1920, 1080))
        return {"rate": [rate.numerator, rate.denominator], "width": width, "height": height}

    def _items(self, track: Json, clock: _Clock) -> Iterator[_Item]:
        """The items of a track, with times in the units of the clock."""
        position: Units = 0
        transition = None
        for value in track["children"]:
            if _kind(value) == "Transition":
                transition = value
            elif (found := _range_of(value)) is None:
                self.losses.append(f"“{value.get('name', '')}” has no length and is left out.")
            else:
                origin = _origin(value, clock)
                duration = _units(found["duration"], clock)
                yield _Item(value, position, duration, _units(found["start_time"], clock) - origin, origin, transition)
                position, transition = position + duration, None

    def _clips(self, track: Json, clock: _Clock) -> Iterator[Clip]:
        for item in self._items(track, clock):
            first, last = round(item.position), round(item.position + item.duration)
            if last > first:
                yield self._clip(item, clock, last - first)
            elif item.duration:
                self.losses.append(f"“{item.value.get('name', '')}” is shorter than a frame and is left out.")

    def _clip(self, item: _Item, clock: _Clock, length: int) -> Clip:
        value, name = item.value, str(item.value.get("name") or "")
        shown = _is_shown(value)
        if not shown and _kind(value) != "Gap":
            what = "is disabled" if _kind(value) == "Clip" else f"is a {_kind(value).lower()} of other clips"
            self.losses.append(f"“{name}” {what}: a gap stands in its place.")
        if effects := [
            str(one.get("name") or one.get("effect_name") or _kind(one)) for one in value.get("effects") or ()
        ]:
            self.losses.append(f"“{name}” loses its effects: {', '.join(effects)}.")
        metadata = value.get("metadata") or {}
        plain: Json = {
            "id": "",
            "take": self._take(_reference(value)) if shown else None,
            "start": max(0, round(item.start)),
            "length": length,
            "name": name,
            "transition": self._transition(item.transition, clock),
            "markers": [self._marker(one, clock, item.origin) for one in value.get("markers") or ()],
            "metadata": _foreign_text({key: one for key, one in metadata.items() if key != KEY}),
        }
        own = metadata.get(KEY)
        try:
            if not isinstance(own, dict):
                return clip_from_json(plain)
            # A clip without a name has that of its take in the file.
            named = own.get("name", "")
            kept = named if name == (named or _reference(value).get("name", "")) else name
            return clip_from_json({**own, **plain, "id": str(own.get("id", "")), "name": kept})
        except ValueError as error:
            self.losses.append(f"“{name}” has invalid metadata, which is left out: {first_problem(error)}.")
            return clip_from_json(plain)

    def _transition(self, value: Json | None, clock: _Clock) -> Json | None:
        if value is None:
            return None
        own = (value.get("metadata") or {}).get(KEY, {})
        kind = own.get("kind") if value.get("transition_type") == CUSTOM else None
        known = kind in ("dip", "wipe", "push")
        if not known and value.get("transition_type") != "SMPTE_Dissolve":
            self.losses.append(f"The transition “{value.get('name') or value['transition_type']}” becomes a dissolve.")
        before, after = (round(_units(value[side], clock)) for side in ("in_offset", "out_offset"))
        moves = {key: own[key] for key in ("direction", "softness") if known and key in own}
        return (
            {"kind": kind if known else "dissolve", "before": before, "after": after, **moves}
            if before + after
            else None
        )

    def _marker(self, value: Json, clock: _Clock, origin: Units) -> CutMarker:
        at = round(_units(value["marked_range"]["start_time"], clock) - origin)
        kind = (value.get("metadata") or {}).get(KEY, {}).get("kind")
        label = str(value.get("name") or value.get("comment") or "")
        return CutMarker(at, label, "chapter" if kind == "chapter" else "marker")

    def _with_track_markers(self, cut: Cut, owners: list[Json], clock: _Clock) -> Cut:
        """The markers of the timeline and its tracks, as markers of the clips at their times."""
        clips = list(cut.clips)
        for value in (one for owner in owners for one in owner.get("markers") or ()):
            marker = self._marker(value, clock, 0)
            if not 0 <= marker.at < cut.length:
                self.losses.append(f"The marker “{marker.label}” is outside of the film and is left out.")
                continue
            index, tick = cut.at(marker.at)
            clips[index] = replace(clips[index], markers=(*clips[index].markers, replace(marker, at=tick)))
        return replace(cut, clips=tuple(clips))

    def _with_sound(self, cut: Cut, track: Json) -> Cut:
        """The cut with the edges of a sound track, if that has the clips of the picture."""
        edges = [round(one.position) for one in self._items(track, _SAMPLES)]
        if edges == [span.first for span in cut.sound_spans()]:
            return cut
        if len(edges) != len(cut.clips):
            self.losses.append(f"The sound track “{track.get('name', '')}” has other clips: sound follows the picture.")
            return replace(cut, clips=tuple(replace(clip, sound_offset=0) for clip in cut.clips))
        moved = zip(cut.clips, cut.positions, edges, strict=True)
        clips = (replace(clip, sound_offset=edge - cut.sample(position)) for clip, position, edge in moved)
        return replace(cut, clips=tuple(clips))

    def _take(self, reference: Json) -> str:
        """The id of the take of a media reference; that of unknown media begins with “media:”."""
        own = (reference.get("metadata") or {}).get(KEY)
        if isinstance(own, dict) and isinstance(own.get("take"), str):
            return str(own["take"])
        url, name = str(reference.get("target_url") or ""), str(reference.get("name") or "")
        file = PurePosixPath(unquote(urlsplit(url).path))
        wanted = {text.casefold() for text in (name, PurePosixPath(name).stem, file.name, file.stem) if text}
        for take in self.takes:
            if wanted & {take.label.casefold(), take.label.partition("-")[2].casefold()}:
                return take.take
        self.unknown.setdefault(name or file.name or "media without a name")
        return FOREIGN + (url or name)


def _timeline(content: bytes) -> Json:
    """The first timeline of a file, in schemas that the reader knows. Raises ValueError if there is none."""
    root = json.loads(content)
    # A search in the text takes a tenth of the time of a walk through the objects.
    if unknown := set(re.findall(r'"OTIO_SCHEMA"\s*:\s*"([^"]*)"', content.decode())) - _SCHEMAS:
        root = json.loads(_converted(content, unknown))
    queue = [root]
    while queue:
        value = queue.pop(0)
        if _kind(value) == "Timeline":
            found: Json = {"metadata": {}, **value}
            return found
        queue += value.get("children") or [] if isinstance(value, dict) else []
    raise ValueError("it has no timeline")


def _converted(content: bytes, unknown: set[str]) -> str:
    """A file in the schemas of the installed OpenTimelineIO. Raises ValueError if it cannot read the file."""
    import opentimelineio

    try:
        timeline = opentimelineio.adapters.read_from_string(content.decode(), "otio_json")
        converted: str = opentimelineio.adapters.write_to_string(timeline, "otio_json")
    except Exception as error:
        raise ValueError(f"OpenTimelineIO cannot read {', '.join(sorted(unknown))} ({error})") from error
    return converted


def _kind(value: Any) -> str:
    return str(value.get("OTIO_SCHEMA", "")).partition(".")[0] if isinstance(value, dict) else ""


def _is_shown(value: Json) -> bool:
    return _kind(value) == "Clip" and bool(value.get("enabled", True))


def _reference(value: Json) -> Json:
    """The active media reference of a clip; empty for other items."""
    references = value.get("media_references") or {}
    return references.get(value.get("active_media_reference_key", "DEFAULT_MEDIA")) or {}


def _range_of(value: Json) -> Json | None:
    """The source range of an item, or the available range of its media; for a nested one, its longest track."""
    own: Json | None = value.get("source_range") or _reference(value).get("available_range")
    if own:
        return own
    inner = [found for one in value.get("children") or () if (found := _range_of(one))]
    if not inner:
        return None
    if _kind(value) == "Stack":
        return max(inner, key=lambda one: _units(one["duration"], _SAMPLES))
    rate = inner[0]["duration"]["rate"]
    total = sum(_units(one["duration"], _Clock(exact_rate(rate), rate)) for one in inner)
    zero = {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": 0.0}
    return {"duration": {**zero, "value": float(total)}, "start_time": zero}


def _origin(value: Json, clock: _Clock) -> Units:
    """The time at which the available media of an item begins."""
    available = _reference(value).get("available_range")
    return _units(available["start_time"], clock) if available else 0


def _units(time: Json, clock: _Clock) -> Units:
    """A time in the units of a clock."""
    own, value = time["rate"], float(time["value"])
    if own == clock.double and value.is_integer():
        return int(value)
    return Fraction(value) * clock.rate / (clock.rate if own == clock.double else exact_rate(own))


def _with_ids(clips: Iterable[Clip]) -> Iterator[Clip]:
    """The clips with ids: another program may have copied a clip with its id, or added some without."""
    found = list(clips)
    known = {clip.id for clip in found if clip.id}
    unused = (text for number in range(1, len(found) + len(known) + 1) if (text := str(number)) not in known)
    used: set[str] = set()
    for clip in found:
        clip_id = clip.id if clip.id and clip.id not in used else next(unused)
        used.add(clip_id)
        yield clip if clip_id == clip.id else replace(clip, id=clip_id)


def _foreign_text(metadata: Mapping[str, Any]) -> str:
    return json.dumps(metadata, ensure_ascii=False, sort_keys=True) if metadata else ""
