"""A take's condition: media that its index lists but the file lacks, and media that does not decode."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from engine.catalog import Damage
from engine.ingest.footage import Footage
from engine.ingest.observation import check_observation

_NEAR = Fraction(1, 2)


def check_condition(
    footage: Footage,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Damage, ...]:
    """Decode picture and sound once. Return all damage by time, including the probe's; () for an intact take.

    `progress` gets (milliseconds decoded, milliseconds in total). Raises Cancelled, and EngineError if the file
    cannot be opened.
    """
    from engine.picture import check_picture
    from engine.sound import check_sound

    if footage.probe.observation is not None:
        return merge_damage((*footage.probe.damage, *check_observation(footage.path)))
    probe, grid = footage.probe, footage.grid
    length = int(probe.duration * 1000)
    parts = int(probe.picture is not None) + int(bool(probe.sound))
    done = 0

    def at(seconds: Fraction) -> None:
        if progress:
            progress(done * length + min(int(seconds * 1000), length), max(1, parts) * length)

    found = list(probe.damage)
    if probe.picture is not None and grid is not None:
        found += check_picture(footage.path, probe.picture, grid, at, cancelled)
        done += 1
    found += check_sound(footage.path, probe.sound, at, cancelled)
    return merge_damage(found)


def merge_damage(found: Iterable[Damage]) -> tuple[Damage, ...]:
    """Return damage in order of time, without records that a longer one of the same track covers."""
    kept: list[Damage] = []
    for one in sorted(found, key=_length, reverse=True):
        if not any(_covers(other, one) for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: (one.start is None, one.start or 0, one.media)))


def _length(one: Damage) -> Fraction:
    """Return a record's length in seconds. Without an end it counts as the longest, without a start as the shortest."""
    if one.start is None:
        return Fraction(-1)
    return Fraction(86_400) if one.end is None else one.end - one.start


def _covers(one: Damage, other: Damage) -> bool:
    """Return whether the record `one` covers `other` (same media and track), with a tolerance of `_NEAR` seconds."""
    if one == other:
        return True
    if one.media != other.media or one.start is None or other.start is None:
        return False
    if one.track != other.track and None not in (one.track, other.track):
        return False
    within = other.end is not None and one.end is not None and other.end <= one.end + _NEAR
    return one.start - _NEAR <= other.start and (one.end is None or within)
