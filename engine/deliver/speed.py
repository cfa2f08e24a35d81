"""Speed of footage whose frame rate exceeds the recipe's maximum: real speed or slow motion."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Literal

from engine.deliver.request import DeliverableRequest
from engine.errors import GateChoice, GateError

Speed = Literal["real", "slow"]


def rate_divisor(order: DeliverableRequest) -> int:
    """The smallest divisor that brings the footage's frame rate to the recipe's maximum or below; 1 if it fits.

    For variable frame rate footage, the constant rate of its grid counts.
    """
    grid, recipe = order.footage.grid, order.recipe.picture
    if grid is None or recipe is None or recipe.max_rate is None or recipe.rate:
        return 1
    return ceil(grid.rate / recipe.max_rate)


def refuse_unanswered(order: DeliverableRequest) -> None:
    """Raises GateError, with both commands, for footage whose speed the user has to choose."""
    by, grid = rate_divisor(order), order.footage.grid
    if by == 1 or grid is None:
        return
    name, source = order.recipe.name, order.label
    command = f"cwtui deliver {name} {source} --speed"
    raise GateError(
        f"{source} has {float(grid.rate):g} frames per second; {name} allows at most "
        f"{order.recipe.picture.max_rate if order.recipe.picture else 0}.",
        f"At real speed, one of {by} frames is shown: {command} real. "
        f"In slow motion, it is {by} times slower and without sound: {command} slow.",
        [
            GateChoice("speed", "real", "at real speed", f"one of {by} frames is shown", f"{command} real"),
            GateChoice("speed", "slow", "in slow motion", f"{by} times slower, without sound", f"{command} slow"),
        ],
    )


def with_speed(order: DeliverableRequest, speed: Speed | None) -> DeliverableRequest:
    """The request with a frame rate that the recipe allows; unchanged if it already fits or `speed` is None.

    If the recipe has an exact rate, each frame shows the nearest recorded one, at real speed.

    "real" shows one of `rate_divisor` frames and keeps duration, sound and captions. "slow" shows every frame,
    `rate_divisor` times slower, without sound and captions; the stretch stays the same part of the footage.
    """
    by, grid, probe = rate_divisor(order), order.footage.grid, order.footage.probe
    if order.recipe.picture and order.recipe.picture.rate:
        return _at_rate(order, order.recipe.picture.rate)
    if by == 1 or grid is None or probe.picture is None or speed is None:
        return order
    rate = grid.rate / by
    picture = probe.picture.model_copy(update={"frame_rate": rate})
    if speed == "real":
        slower = replace(grid, rate=rate, sources=grid.sources[::by])
        note = f"{float(grid.rate):g} frames per second at real speed: one of {by} frames is shown"
        footage = replace(order.footage, grid=slower, probe=probe.model_copy(update={"picture": picture}))
        return replace(order, footage=footage, notes=(*order.notes, note))
    slower = replace(grid, rate=rate)
    changed = {"picture": picture, "sound": (), "duration": probe.duration * by}
    footage = replace(order.footage, grid=slower, probe=probe.model_copy(update=changed))
    note = f"slow motion: {by} times slower than recorded, without sound"
    end = None if order.end is None else order.end * by
    return replace(
        order,
        footage=footage,
        start=Fraction(order.start * by),
        end=end,
        cues=(),
        translation=(),
        markers=tuple((at * by, label) for at, label in order.markers),
        follow=order.follow.slower(by) if order.follow else None,
        notes=(*order.notes, note),
    )


def _at_rate(order: DeliverableRequest, rate: Fraction) -> DeliverableRequest:
    """The request with frames at an exact rate; unchanged if they have it already."""
    footage, picture = order.footage, order.footage.probe.picture
    if picture is None or rate == (footage.grid.rate if footage.grid else picture.frame_rate):
        return order
    probe = footage.probe.model_copy(update={"picture": picture.model_copy(update={"frame_rate": rate})})
    grid = footage.grid.at_rate(rate) if footage.grid else None
    recorded = float(footage.grid.rate if footage.grid else picture.frame_rate)
    note = f"{recorded:.5g} frames per second shown at {float(rate):.5g}: each frame is the nearest recorded one"
    return replace(order, footage=replace(footage, grid=grid, probe=probe), notes=(*order.notes, note))


def keeps_sound(recorded: DeliverableRequest, order: DeliverableRequest) -> bool:
    """Whether a request from `with_speed` keeps the sound of the recorded one; false for slow motion."""
    return order.footage.probe.sound == recorded.footage.probe.sound
