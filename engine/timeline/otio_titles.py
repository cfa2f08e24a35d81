"""The titles of a cut as tracks of an OpenTimelineIO file, which other programs show.

Cleanwater reads titles from the metadata of the timeline: these tracks repeat them.
"""

from __future__ import annotations

from typing import Any

from engine.timeline.cut import Cut, CutTitle
from engine.timeline.otio_times import time_range

TITLES = "titles"
"""Marks a track of titles in its metadata."""

GENERATOR = "cleanwater.title"
"""The kind of generator of a title; its parameters are the fields."""


def title_tracks(cut: Cut, key: str) -> list[dict[str, Any]]:
    """The tracks, as few as titles that overlap need; `key` is that of Cleanwater's metadata."""
    rows: list[list[CutTitle]] = []
    for title in cut.titles:
        row = next((one for one in rows if one[-1].end <= title.start), None)
        if row is None:
            rows.append([title])
        else:
            row.append(title)
    return [_track(row, number, float(cut.rate), key) for number, row in enumerate(rows, 1)]


def is_title_track(track: dict[str, Any], key: str) -> bool:
    """Whether a track repeats the titles of the metadata."""
    own = (track.get("metadata") or {}).get(key)
    return isinstance(own, dict) and bool(own.get(TITLES))


def _track(titles: list[CutTitle], number: int, rate: float, key: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    end = 0
    for title in titles:
        if title.start > end:
            gap = time_range(0, title.start - end, rate)
            items.append({"OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": "", "source_range": gap})
        items.append(_item(title, rate, key))
        end = title.end
    name = "Titles" if number == 1 else f"Titles {number}"
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {key: {TITLES: True}},
        "name": name,
        "kind": "Video",
        "children": items,
    }


def _item(title: CutTitle, rate: float, key: str) -> dict[str, Any]:
    span = time_range(0, title.length, rate)
    reference = {
        "OTIO_SCHEMA": "GeneratorReference.1",
        "metadata": {},
        "name": title.template,
        "available_range": span,
        "generator_kind": GENERATOR,
        "parameters": dict(title.fields),
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {key: {"title": title.id}},
        "name": next((value for _, value in title.fields if value), title.template),
        "source_range": span,
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }
