"""The stages that repair a recording before its voice is isolated."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.sound.dialog.analysis import Levels, VoiceLevels
from engine.sound.dialog.clicks import clicks
from engine.sound.dialog.dereverb import dereverb, reverberant_share
from engine.sound.dialog.filters import Mono
from engine.sound.dialog.mouth_clicks import mouth_clicks
from engine.sound.dialog.plosives import plosives
from engine.sound.dialog.preset import Preset
from engine.sound.dialog.reverberance import reverberation_time
from engine.sound.dialog.rumble import rumble
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.stage import Stage, StageOutcome

Watched = Callable[[Iterator[Mono]], Iterator[Mono]]
"""Passes the blocks on and reports the progress."""


def repair_stages(
    preset: Preset, came: Scratch, levels: Levels, voice: VoiceLevels, watched: Watched
) -> tuple[list[tuple[Stage | None, StageOutcome]], float]:
    """The stages in their order, None for those that are skipped, with their outcomes; and how reverberant the room is.

    The latter is 0 to 1, between the limits of `dereverb`.
    """
    made: list[tuple[Stage | None, StageOutcome]] = []
    reverberant = 0.0
    if preset.clicks:
        made.append(clicks(preset.clicks, watched(came.blocks())))
    if preset.mouth_clicks:
        repaired = preset.clicks.times if preset.clicks and made[0][0] else None
        made.append(mouth_clicks(preset.mouth_clicks, came.samples, voice, came.read, repaired))
    if preset.plosives:
        made.append(plosives(preset.plosives, levels, voice))
    if preset.rumble:
        made.append(rumble(preset.rumble, levels, voice))
    if table := preset.dereverb:
        rt60 = reverberation_time(came.blocks()) if voice.speaking.any() else None
        made.append(dereverb(table, rt60))
        reverberant = reverberant_share(rt60, table.rest_ms, table.full_ms)
    return made, reverberant
