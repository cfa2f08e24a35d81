"""Footage that has more frames a second than a recipe takes: played at real speed, or as slow motion."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Literal

from engine.deliver.request import DeliverableRequest
from engine.errors import GateChoice, GateError

Speed = Literal["real", "slow"]


def rate_divisor(order: DeliverableRequest) -> int:
    """By how much the footage's frame rate is to be divided so that the recipe takes it; 1 where it does.

    Uneven footage counts by the even rate that its grid has.
    """
    grid, recipe = order.footage.grid, order.recipe.picture
    if grid is None or recipe is None or recipe.max_rate is None:
        return 1
    return ceil(grid.rate / recipe.max_rate)


def refuse_unanswered(order: DeliverableRequest) -> None:
    """Raises GateError, with both commands, for footage whose speed the director has to choose."""
    by, grid = rate_divisor(order), order.footage.grid
    if by == 1 or grid is None:
        return
    name, source = order.recipe.name, order.label
    command = f"cwtui deliver {name} {source} --speed"
    raise GateError(
        f"{source} has {float(grid.rate):g} frames a second, and {name} takes at most "
        f"{order.recipe.picture.max_rate if order.recipe.picture else 0}.",
        f"At real speed, every {by} frames one: {command} real. "
        f"In slow motion, {by} times slower and without its sound: {command} slow.",
        [
            GateChoice("speed", "real", "at real speed", f"one of {by} frames is shown", f"{command} real"),
            GateChoice("speed", "slow", "in slow motion", f"{by} times slower, without its sound", f"{command} slow"),
        ],
    )


def with_speed(order: DeliverableRequest, speed: Speed | None) -> DeliverableRequest:
    """The order with footage that the recipe takes; the same order where it takes it as it is, or nobody chose.

    "real" shows one frame of so many, and keeps duration, sound and captions. "slow" shows every frame, so many
    times slower, without sound and captions; the stretch stays the same part of the footage.
    """
    by, grid, probe = rate_divisor(order), order.footage.grid, order.footage.probe
    if by == 1 or grid is None or probe.picture is None or speed is None:
        return order
    rate = grid.rate / by
    picture = probe.picture.model_copy(update={"frame_rate": rate})
    if speed == "real":
        slower = replace(grid, rate=rate, sources=grid.sources[::by])
        note = f"{float(grid.rate):g} frames a second at real speed: one of {by} frames is shown"
        footage = replace(order.footage, grid=slower, probe=probe.model_copy(update={"picture": picture}))
        return replace(order, footage=footage, notes=(*order.notes, note))
    slower = replace(grid, rate=rate)
    changed = {"picture": picture, "sound": (), "duration": probe.duration * by}
    footage = replace(order.footage, grid=slower, probe=probe.model_copy(update=changed))
    note = f"slow motion: {by} times slower than it was recorded, without its sound"
    end = None if order.end is None else order.end * by
    return replace(
        order, footage=footage, start=Fraction(order.start * by), end=end, cues=(), notes=(*order.notes, note)
    )


def keeps_sound(recorded: DeliverableRequest, order: DeliverableRequest) -> bool:
    """Whether an order that `with_speed` returned plays the sound of the recorded one: slow motion does not."""
    return order.footage.probe.sound == recorded.footage.probe.sound
