"""The sound of a deliverable, mastered as its recipe asks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from engine.deliver.order import Order
from engine.deliver.recipe import SoundRecipe
from engine.sound import Codec, Master, Target, write_master


def sounds_needed(order: Order) -> tuple[Codec, ...]:
    """Which sound files an order is made from: one for a movie, every one that it names for sound alone."""
    recipe = order.recipe
    if recipe.sound is None or not any(track.decodable for track in order.footage.probe.sound):
        return ()
    return (recipe.sound.codec,) if recipe.picture else (recipe.sound.codec, *recipe.sound.also)


def master_stretch(
    source: Path,
    recipe: SoundRecipe,
    codec: Codec,
    out: Path,
    *,
    start: Fraction,
    duration: Fraction,
    edit_list: bool,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Master:
    """Masters `duration` seconds of footage from `start`; errors and `progress` as `write_master`."""
    return write_master(
        source,
        None,
        out,
        target=Target(lufs=recipe.lufs, true_peak_ceiling_dbtp=recipe.true_peak_dbtp, tolerance_lu=recipe.tolerance_lu),
        codec=codec,
        bit_rate=recipe.bit_rate,
        rate=recipe.sample_rate,
        start=start,
        duration=duration,
        edit_list=edit_list,
        progress=progress,
        cancelled=cancelled,
    )
