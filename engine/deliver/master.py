"""Masters the sound of a deliverable by its recipe."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from engine.deliver.receipt import TrackChoice
from engine.deliver.recipe import SoundRecipe
from engine.deliver.request import DeliverableRequest
from engine.ingest import Footage
from engine.track_choice import choice_reason

if TYPE_CHECKING:
    from engine.sound import Codec, Master


def required_codecs(order: DeliverableRequest) -> tuple[Codec, ...]:
    """The codecs to master for a request: one for a movie, all codecs of the recipe for audio only."""
    recipe = order.recipe
    if recipe.sound is None or not any(track.decodable for track in order.footage.probe.sound):
        return ()
    return (recipe.sound.codec,) if recipe.picture else (recipe.sound.codec, *recipe.sound.also)


def dialog_track(
    footage: Footage, start: Fraction, duration: Fraction, cancelled: Callable[[], bool] | None = None
) -> TrackChoice | None:
    """The sound track to deliver for a stretch, and the reason; None if none decodes.

    The file's preference (enabled, default, first) decides, unless that track is silent in the stretch and another is
    not.
    """
    from engine.sound import audible_track

    probe = footage.probe
    chosen = audible_track(footage.path, probe, start=start, end=start + duration, cancelled=cancelled)
    if chosen is None:
        return None
    preferred = probe.chosen_sound
    if preferred is not None and preferred.index != chosen.index:
        return TrackChoice(index=chosen.index, reason=f"track {preferred.index} is silent in this stretch")
    return TrackChoice(index=chosen.index, reason=choice_reason(chosen, [s for s in probe.sound if s.decodable]))


def master_stretch(
    source: Path,
    recipe: SoundRecipe,
    codec: Codec,
    out: Path,
    *,
    index: int | None = None,
    start: Fraction,
    duration: Fraction,
    edit_list: bool,
    limited_db: float = 0.0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Master:
    """Masters `duration` seconds of footage from `start`; errors, `index` and `progress` as `write_master`.

    The profiles of its sound are written beside it (`profiles_path`).
    `limited_db`: what the source's peaks were reduced by before; the limiter may do as much less.
    """
    from engine.sound import LimiterBounds, Target, profiles_path, write_master

    return write_master(
        source,
        index,
        out,
        target=Target(lufs=recipe.lufs, true_peak_ceiling_dbtp=recipe.true_peak_dbtp, tolerance_lu=recipe.tolerance_lu),
        bounds=LimiterBounds(most_db=max(0.0, recipe.limiter_db - limited_db), share=recipe.limiter_share),
        codec=codec,
        bit_rate=recipe.bit_rate,
        rate=recipe.sample_rate,
        start=start,
        duration=duration,
        edit_list=edit_list,
        profiles=profiles_path(out),
        progress=progress,
        cancelled=cancelled,
    )
