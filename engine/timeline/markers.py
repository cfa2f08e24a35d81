"""Markers of a cut: anchored to clips, numbered in the order of the cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.errors import RequestError
from engine.timeline.clip_list import at_text
from engine.timeline.cut import Cut, CutMarker, MarkerKind

_LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True)
class PlacedMarker:
    """A marker that the cut shows, at a tick of the cut."""

    tick: int
    clip_id: str
    marker: CutMarker


def placed_markers(cut: Cut) -> tuple[PlacedMarker, ...]:
    """The markers in order. Those outside of the in and out points of their clips are left out."""
    return tuple(sorted(_placed(cut), key=lambda one: (one.tick, one.marker.label, one.marker.kind)))


def add_marker(cut: Cut, at: int, label: str = "", kind: MarkerKind = "marker") -> Cut:
    """Adds a marker at a tick of the cut. Raises RequestError outside of it, and where such a marker is."""
    label = _one_line(label)
    try:
        index, tick = cut.at(at)
    except IndexError as error:
        raise RequestError(
            f"{at_text(cut, max(0, at))} is outside of “{cut.name}”.", f"It ends at {at_text(cut, cut.length)}."
        ) from error
    clip, marker = cut.clips[index], CutMarker(tick, label, kind)
    if any((one.at, one.kind) == (tick, kind) for one in clip.markers):
        raise RequestError(f"A {kind} is already at {at_text(cut, at)}.", "Rename it, or choose another time.")
    return _with_markers(cut, clip.id, (*clip.markers, marker))


def remove_marker(cut: Cut, number: int) -> Cut:
    """Removes a marker by its number, from 1. Raises RequestError if there is none."""
    placed = _numbered(cut, number)
    return _with_markers(cut, placed.clip_id, _others(cut, placed))


def change_marker(cut: Cut, number: int, label: str | None = None, kind: MarkerKind | None = None) -> Cut:
    """Changes the label or the kind of a marker, by its number from 1. Raises RequestError if there is none."""
    placed = _numbered(cut, number)
    marker = placed.marker
    changed = replace(marker, label=marker.label if label is None else _one_line(label), kind=kind or marker.kind)
    return _with_markers(cut, placed.clip_id, (*_others(cut, placed), changed))


def _placed(cut: Cut) -> Iterator[PlacedMarker]:
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        for marker in clip.markers:
            if clip.start <= marker.at < clip.end:
                yield PlacedMarker(position + marker.at - clip.start, clip.id, marker)


def _numbered(cut: Cut, number: int) -> PlacedMarker:
    placed = placed_markers(cut)
    if not 1 <= number <= len(placed):
        has = f"It has {len(placed)}" if placed else "It has none"
        raise RequestError(f"“{cut.name}” has no marker {number}.", f"{has}; cwtui cut marker lists them.")
    return placed[number - 1]


def _others(cut: Cut, placed: PlacedMarker) -> tuple[CutMarker, ...]:
    return tuple(one for one in cut.clips[cut.index_of(placed.clip_id)].markers if one != placed.marker)


def _with_markers(cut: Cut, clip_id: str, markers: tuple[CutMarker, ...]) -> Cut:
    ordered = tuple(sorted(markers, key=lambda one: (one.at, one.label, one.kind)))
    clips = (replace(clip, markers=ordered) if clip.id == clip_id else clip for clip in cut.clips)
    return replace(cut, clips=tuple(clips))


def _one_line(label: str) -> str:
    label = label.strip()
    if len(label) > _LONGEST_LABEL or not label.isprintable():
        raise RequestError(f"A label is one line of at most {_LONGEST_LABEL} characters.", "Shorten the label.")
    return label
