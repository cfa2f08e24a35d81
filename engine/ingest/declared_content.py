"""A file's declared content compared with the actual content, as notes and damage on the take's clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from engine.catalog import Damage, Picture, Sound
from engine.ingest.extents import Extents
from engine.time import FrameGrid, time_zero

# Sound and picture of an intact take may end this far apart, in seconds.
_APART = Fraction(1, 2)


def sound_against_picture(sound: Sequence[Sound], picture_end: Fraction, damage: Sequence[Damage]) -> Iterator[str]:
    """Yield a note if the longest sound track ends well after or before the picture, by the samples in the file."""
    longest = max((_held_end(track, damage) for track in sound), default=Fraction(0))
    if longest > picture_end + _APART:
        yield f"the sound ends {float(longest - picture_end):.1f} s after the picture"
    # A container that states no duration states 0.
    elif 0 < longest < picture_end - _APART:
        yield f"the sound ends {float(picture_end - longest):.1f} s before the picture"


def _held_end(track: Sound, damage: Iterable[Damage]) -> Fraction:
    """Return the end, in seconds, of the track's samples that are in the file."""
    end = track.start + track.duration
    for one in damage:
        at_end = one.end is None or one.end >= end - _APART / 5
        if one.kind == "missing" and one.track == track.index and one.start is not None and at_end:
            end = min(end, one.start)
    return end


def promised_frames(extents: Extents, picture: Picture | None, held: Fraction) -> Iterator[str]:
    """Yield a note with both frame counts if frames are missing; `held` is the actual duration in seconds."""
    if picture is None or picture.index not in extents.promised:
        return
    lost = [d for d in extents.damage if d.media == "picture" and d.track == picture.index]
    missing = sum(d.count for d in lost)
    if not missing:
        return
    promised = extents.promised[picture.index]
    said = f"the index lists {promised} frames, the file has {max(0, promised - missing)}"
    end = max((d.end for d in lost if d.end is not None), default=held)
    yield f"{said} ({float(end):.1f} s and {float(held):.1f} s)" if end > held else said


def on_take_clock(damage: Iterable[Damage], container: Any) -> Iterator[Damage]:
    """Convert damage from an open file's time stamps to the take's clock, which starts at 0."""
    counts = container.format.name.startswith(("mov", "matroska"))
    origin = time_zero(container) if counts else Fraction(0)
    for one in damage:
        start, end = (None if at is None else max(at - origin, Fraction(0)) for at in (one.start, one.end))
        yield one.model_copy(update={"start": start, "end": end})


def promised_end(container: Any) -> Fraction:
    """Return the take's declared end in seconds, or 0. Matroska's duration counts from zero, not the first frame."""
    start = time_zero(container) if container.format.name.startswith("matroska") else Fraction(0)
    return max(Fraction(container.duration or 0, 1_000_000) - start, Fraction(0))


def undecodable_picture(index: int, grid: FrameGrid | None) -> Damage:
    """Return the damage record of a picture track without a decodable frame."""
    if grid is None:
        return Damage(kind="missing", media="picture", track=index, detail="The file contains no picture frame.")
    return Damage(
        kind="undecodable",
        media="picture",
        track=index,
        start=Fraction(0),
        end=grid.duration,
        count=len(grid.pts),
        detail="No picture frame decodes.",
    )


def place_damage(damage: Iterable[Damage], held: Fraction, promised: Fraction) -> Iterator[Damage]:
    """Set the start of missing file data to the actual end (`held`), and its end to the declared one if it is later."""
    for one in damage:
        if one.start is None and one.kind == "missing" and one.media == "file":
            yield one.model_copy(update={"start": held, "end": promised if promised > held else None})
        else:
            yield one
