"""A take's condition: what its index promises and its bytes do not hold, and what of the rest does not decode."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from engine.catalog import Damage
from engine.ingest.footage import Footage

_NEAR = Fraction(1, 2)


def check_condition(
    footage: Footage,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Damage, ...]:
    """Decodes picture and sound once: all damage by time, what is known since the probe among it; () for a whole take.

    `progress` takes milliseconds decoded and milliseconds to decode. Raises Cancelled, and EngineError where the file
    cannot be opened.
    """
    from engine.picture import check_picture
    from engine.sound import check_sound

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
    """Damage in order of time, without what a longer record of the same track covers."""
    kept: list[Damage] = []
    for one in sorted(found, key=_length, reverse=True):
        if not any(_covers(other, one) for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: (one.start is None, one.start or 0, one.media)))


def _length(one: Damage) -> Fraction:
    """Seconds; what has no end is longest, what has no time covers nothing."""
    if one.start is None:
        return Fraction(-1)
    return Fraction(86_400) if one.end is None else one.end - one.start


def _covers(one: Damage, other: Damage) -> bool:
    """Whether one record says of a stretch what the other says of it, or of part of it."""
    if one == other:
        return True
    if one.media != other.media or one.start is None or other.start is None:
        return False
    if one.track != other.track and None not in (one.track, other.track):
        return False
    within = other.end is not None and one.end is not None and other.end <= one.end + _NEAR
    return one.start - _NEAR <= other.start and (one.end is None or within)
