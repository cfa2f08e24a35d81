"""The looks of clips, and the keyframes of their parameters. Each edit returns another cut.

Keyframes stay with the picture: a clip that is trimmed, moved or split keeps them on the clock of its take.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from engine.errors import RequestError
from engine.keyframes import Keyframe, KeyframeCurve, curve_from_keys, keys_of_curve
from engine.timeline.clip_list import at_text, clip_of, index_of
from engine.timeline.cut import Clip, Cut, ParameterKeys

NO_LOOK = "none"
"""The look of a clip that has none, whatever the recipe says."""


def set_look(cut: Cut, clip_ids: Collection[str], look: str) -> Cut:
    """Sets the look of clips by name; empty for that of the recipe, NO_LOOK for none.

    Another look keeps the keyframes: those of parameters that it does not have change nothing. Without a look of its
    own, a clip has no keyframes. Raises RequestError for a gap.
    """
    made = {}
    for one in clip_ids:
        clip = clip_of(cut, one)
        if clip.take is None:
            raise RequestError(f"Clip {index_of(cut, one) + 1} is a gap.", "Choose a clip of a take.")
        made[one] = replace(clip, look=look, animation=clip.animation if look not in ("", NO_LOOK) else ())
    return replace(cut, clips=tuple(made.get(clip.id, clip) for clip in cut.clips))


def curves_of(clip: Clip) -> dict[str, KeyframeCurve]:
    """The curves of a clip by parameter, in seconds of its take's clock."""
    return {one.parameter: curve_from_keys(one.keys) for one in clip.animation}


def take_time(cut: Cut, clip_id: str, tick: int, within: bool = True) -> Fraction:
    """The time of a tick of the cut on the clock of a clip's take, in seconds.

    Raises RequestError if the tick is not in the clip; the first one after it is its end. Without `within`, it may be
    outside, as a key is after the clip was trimmed.
    """
    index = index_of(cut, clip_id)
    clip, position = cut.clips[index], cut.positions[index]
    if within and not 0 <= tick - position <= clip.length:
        first, last = at_text(cut, position), at_text(cut, position + clip.length)
        raise RequestError(
            f"{at_text(cut, tick)} is not in clip {index + 1}.", f"It goes from {first} to {last} of the cut."
        )
    return (clip.start + tick - position) / cut.rate


def cut_tick(cut: Cut, clip_id: str, time: Fraction) -> Fraction:
    """The tick of the cut at a time of a clip's take; it may be outside the clip, and need not be whole."""
    index = index_of(cut, clip_id)
    return cut.positions[index] + time * cut.rate - cut.clips[index].start


def set_key(cut: Cut, clip_id: str, parameter: str, key: Keyframe) -> Cut:
    """Sets a key of a parameter; it replaces one at the same time."""
    curve = curves_of(clip_of(cut, clip_id)).get(parameter)
    return _with_curve(cut, clip_id, parameter, curve.with_key(key) if curve else KeyframeCurve((key,)))


def move_key(cut: Cut, clip_id: str, parameter: str, time: Fraction, to: Fraction) -> Cut:
    """Moves a key to another time. Raises RequestError without a key there, or if one is at the new time."""
    curve = _curve(cut, clip_id, parameter)
    _check_key(cut, clip_id, curve, time)
    if to != time and any(key.time == to for key in curve.keys):
        raise RequestError(
            f"There is a key at {_text_of(cut, clip_id, to)} already.", "Delete it first, or choose another time."
        )
    return _with_curve(cut, clip_id, parameter, curve.with_moved_key(time, to))


def delete_key(cut: Cut, clip_id: str, parameter: str, time: Fraction) -> Cut:
    """Deletes a key; without keys, the parameter has its value in the look. Raises RequestError without a key there."""
    curve = _curve(cut, clip_id, parameter)
    _check_key(cut, clip_id, curve, time)
    return _with_curve(cut, clip_id, parameter, curve.without_key(time))


def _check_key(cut: Cut, clip_id: str, curve: KeyframeCurve, time: Fraction) -> None:
    """Raises RequestError without a key at a time. Its times are those of the cut: the director knows no other."""
    if all(key.time != time for key in curve.keys):
        times = ", ".join(_text_of(cut, clip_id, key.time) for key in curve.keys)
        raise RequestError(f"There is no key at {_text_of(cut, clip_id, time)}.", f"Keys are at {times} of the cut.")


def _text_of(cut: Cut, clip_id: str, time: Fraction) -> str:
    tick = cut_tick(cut, clip_id, time)
    return f"{'-' if tick < 0 else ''}{at_text(cut, abs(round(tick)))}"


def _curve(cut: Cut, clip_id: str, parameter: str) -> KeyframeCurve:
    curves = curves_of(clip_of(cut, clip_id))
    if parameter not in curves:
        number = index_of(cut, clip_id) + 1
        known = f"Parameters with keys: {', '.join(curves)}." if curves else "cwtui key set adds one."
        raise RequestError(f"{parameter} of clip {number} has no keys.", known)
    return curves[parameter]


def _with_curve(cut: Cut, clip_id: str, parameter: str, curve: KeyframeCurve | None) -> Cut:
    clip = clip_of(cut, clip_id)
    rest = [one for one in clip.animation if one.parameter != parameter]
    made = [*rest, *([ParameterKeys(parameter, keys_of_curve(curve))] if curve else [])]
    changed = replace(clip, animation=tuple(sorted(made, key=lambda one: one.parameter)))
    return replace(cut, clips=tuple(changed if one.id == clip_id else one for one in cut.clips))
