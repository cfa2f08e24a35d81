"""Renders sound with one stage of the dialog chain, without it, and the sound that the stage removes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.atomic_files import make_folder
from engine.errors import RequestError
from engine.sound.comparison import SoundComparison, write_sides
from engine.sound.dialog.chain import ChainRun
from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.intake import Recording
from engine.sound.dialog.pass_progress import PassProgress
from engine.sound.dialog.preset import REPAIRS, Preset, StageName
from engine.sound.loudness import MONO, measure
from engine.sound.loudness_values import Loudness
from engine.sound.track import duration_of

# The chain is set by the stretch and this many seconds before and after it.
_CONTEXT_S = 6
_CEILING_DBTP = -1.0
# What is removed is raised to this far below the other sides, at most by this gain.
_REMOVED_LU, _REMOVED_GAIN_DB = -6.0, 40.0


def audition_context(start: Fraction, end: Fraction, duration: Fraction) -> tuple[Fraction, Fraction]:
    """The stretch that the chain processes to render `start` to `end`: some seconds more, within the recording."""
    return max(Fraction(0), start - _CONTEXT_S), min(duration, end + _CONTEXT_S)


def write_stage_audition(
    recording: Recording,
    preset: Preset,
    stage: StageName,
    start: Fraction,
    end: Fraction,
    out: Path,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SoundComparison:
    """Writes three sides of a stretch, mono, and their description: with the stage, without it, what it removes.

    The stretch is `start` to `end`, in seconds. The recording's speech spans begin at the start of its
    `audition_context`. With and without the stage have the chain's loudness, or less if a true peak would exceed
    -1 dBTP. What the stage removes is the difference of both before that, at the gain of the sound without the stage,
    and raised if it is much quieter: the last of `gains_db` contains both.

    Raises RequestError if the preset does not contain the stage or the range is empty, EngineError, Cancelled.
    """
    if preset.of(stage) is None:
        raise RequestError(f"The preset {preset.name} has no stage {stage}.", "cwtui clean --help lists the presets.")
    whole = duration_of(recording.path, recording.index)
    begin, until = audition_context(start, end, whole if whole is not None else end)
    excerpt = replace(recording, start=begin, end=until)
    make_folder(out.parent)
    with TemporaryDirectory(prefix=".audition-", dir=out.parent) as folder:
        work, passes = Path(folder), PassProgress(progress, cancelled)
        run = ChainRun(excerpt, preset, frozenset(), work, passes)
        run.prepare()
        first, last = round((start - begin) * RATE), round((end - begin) * RATE)
        with_stage = run.dialog()[first:last]
        if stage in REPAIRS:
            run = ChainRun(excerpt, preset.without(frozenset([stage])), frozenset(), work, passes)
            run.prepare()
            without = run.dialog()[first:last]
        else:
            without = run.dialog(without=stage)[first:last]
    passes.done()
    removed = without - with_stage
    loudness = [_loudness(side) for side in (with_stage, without, removed)]
    gains = _equal_gains(loudness[:2], preset.loudness.lufs)
    raised = _removed_gain(loudness[1], loudness[2])
    names = (f"with {stage}", f"without {stage}", f"removed by {stage}")
    sides = [[side[:, None]] for side in (with_stage, without, removed)]
    return write_sides(names, sides, out, start, (*gains, gains[1] + raised))


def _loudness(side: Mono) -> Loudness:
    return measure([side[:, None]], RATE, MONO)


def _equal_gains(sides: Sequence[Loudness], lufs: float) -> tuple[float, ...]:
    """The gains that bring all sides to `lufs`, or to the most that the true peaks allow; 0 if one is silent."""
    if not all(math.isfinite(side.integrated_lufs) for side in sides):
        return (0.0,) * len(sides)
    highest = min(side.integrated_lufs + _CEILING_DBTP - side.true_peak_dbtp for side in sides)
    return tuple(round(min(lufs, highest) - side.integrated_lufs, 2) for side in sides)


def _removed_gain(without: Loudness, removed: Loudness) -> float:
    """The gain in dB, 0 or more, that makes the removed sound audible; 0 if nothing was removed."""
    if not (math.isfinite(without.integrated_lufs) and math.isfinite(removed.integrated_lufs)):
        return 0.0
    short = without.integrated_lufs + _REMOVED_LU - removed.integrated_lufs
    headroom = without.true_peak_dbtp - removed.true_peak_dbtp
    return round(max(0.0, min(short, headroom, _REMOVED_GAIN_DB)), 2)
