"""Checks that compare what a deliverable contains with its source: sound, speech and picture are not lost on the way.

"Silent", "no words" and "black" are verdicts about the source and the result together: a deliverable without sound
passes only where its source has none, and the check says so.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isfinite, isinf
from pathlib import Path

import numpy as np

from engine.deliver.receipt import Check
from engine.deliver.recipe import SoundRecipe
from engine.picture import PictureContent
from engine.sound import SILENT_DBTP, GainLimit, Loudness, channel_correction, read_blocks, speech_gain_db
from engine.speech import speech_spans

# A loudness is measured over gating blocks of 400 ms (BS.1770-5).
_MEASURABLE = Fraction(2, 5)

# One gain under the true peak ceiling leaves speech with loud peaks 10 to 20 LU short of its target. Further below,
# the programme is not what the recipe promises.
_SHORT_OF_TARGET_LU = 24.0

# A gain moves loudness and peaks alike; so much less is no gain but a loss.
_LOST_DB = 30.0

# Codes of 8 bits. A source this far from flat, or from black, has a picture; a result this near to it has none. The
# gap between them is left for a rendering that darkens.
_HAS_PICTURE = 16.0
_HAS_NONE = 4.0


def is_silent(loudness: Loudness) -> bool:
    """Whether a listener hears nothing: no gated loudness, and no peak above -60 dBTP."""
    return not isfinite(loudness.integrated_lufs) and not loudness.true_peak_dbtp > SILENT_DBTP


def check_sound_kept(source: Loudness, result: Loudness) -> Check:
    """A source with sound has a result with sound; a silent one is silent in the result, too."""
    measured = f"source {describe(source)}; result {describe(result)}"
    if is_silent(source):
        return Check(
            name="sound kept",
            passed=is_silent(result),
            measured=f"silent, as the source: {measured}" if is_silent(result) else measured,
            wanted="silent, as the source",
        )
    lost = is_silent(result)
    # Where neither has a loudness (too short, or under the gate), the peaks are compared.
    if not isfinite(result.integrated_lufs):
        lost = lost or result.true_peak_dbtp < source.true_peak_dbtp - _LOST_DB
    return Check(name="sound kept", passed=not lost, measured=measured, wanted="sound, as in the source")


def check_no_sound_made(tracks: int, carried: int) -> Check:
    """The verdict on a deliverable without mastered sound: right where the source has none, or all of it is carried."""
    if not tracks:
        return Check(name="sound kept", passed=True, measured="none, as in the source: 0 tracks", wanted="no sound")
    return Check(
        name="sound kept",
        passed=carried == tracks,
        measured=f"{carried} of {tracks} sound tracks of the source, none of which decodes here",
        wanted="the sound of the source",
    )


def check_loudness(
    target: SoundRecipe, held_by: GainLimit, source: Loudness, result: Loudness, duration: Fraction
) -> list[Check]:
    """Loudness and true peak as measured on the finished file.

    A file that has no loudness passes only where its source has none either: because it is silent, or because it is
    shorter than one gating block.
    """
    wanted = f"{target.lufs:g} ±{target.tolerance_lu:g} LUFS"
    integrated, measured = result.integrated_lufs, object()
    if not isfinite(integrated):
        short = duration < _MEASURABLE
        same = is_silent(result) == is_silent(source) and not isfinite(source.integrated_lufs)
        passed = same and (short or is_silent(source))
        measured = describe(result)
        if is_silent(source):
            wanted = f"{wanted}, or silent as the source"
        elif short:
            wanted = f"{wanted}, or shorter than 400 ms, in which no loudness can be measured"
    elif held_by == "ceiling":
        floor = target.lufs - _SHORT_OF_TARGET_LU
        passed = floor <= integrated <= target.lufs + target.tolerance_lu
        measured = round(integrated, 2)
        wanted = (
            f"{wanted}, or as near as one gain comes under the ceiling of {target.true_peak_dbtp:g} dBTP "
            f"(it is held there), not under {floor:g} LUFS"
        )
    else:
        passed = abs(integrated - target.lufs) <= target.tolerance_lu
        measured = round(integrated, 2)
    return [
        Check(name="loudness", passed=passed, measured=measured, wanted=wanted),
        _true_peak(target.true_peak_dbtp, source, result),
    ]


def _true_peak(ceiling: float, source: Loudness, result: Loudness) -> Check:
    peak = result.true_peak_dbtp
    wanted = f"≤ {ceiling:g} dBTP"
    if isinf(peak):
        silent = is_silent(source)
        wanted = f"{wanted}, or silent as the source" if silent else wanted
        return Check(name="true peak", passed=silent, measured="every sample is 0", wanted=wanted)
    return Check(name="true peak", passed=peak <= ceiling, measured=round(peak, 2), wanted=wanted)


def speech_seconds(
    path: Path, index: int | None, start: Fraction, duration: Fraction, cancelled: Callable[[], bool] | None = None
) -> Fraction:
    """Seconds in which somebody is heard to speak, by the detector that transcription uses; errors as `read_blocks`."""
    correction = channel_correction(path, index, cancelled=cancelled)
    end = start + duration
    blocks = read_blocks(
        path, index, rate=16_000, layout="mono", start=start, end=end, correction=correction, cancelled=cancelled
    )
    factor = np.float32(10 ** (speech_gain_db(correction) / 20))
    return sum((end - begin for begin, end in speech_spans(block * factor for block in blocks)), Fraction(0))


def check_no_words(speech: Fraction | None) -> Check:
    """The verdict on captions without a word: right where nobody speaks. `speech` in seconds, None without sound."""
    if speech is None:
        return Check(name="captions", passed=True, measured="no words: the source has no sound", wanted="no words")
    if speech:
        measured = f"no words, with {float(speech):.1f} s of speech detected in the source"
        return Check(name="captions", passed=False, measured=measured, wanted="the words that are spoken")
    measured = "no words: 0.0 s of speech detected in the source"
    return Check(name="captions", passed=True, measured=measured, wanted="no words where nobody speaks")


def check_picture_kept(source: PictureContent, result: PictureContent, cropped: bool = False) -> Check:
    """A source that shows something has a result that does; one that is black throughout may be black in the result.

    A `cropped` result may be flat where the detail of its source lies outside, but not black.
    """
    measured = (
        f"source: detail {source.detail:.0f}, light {source.light:.0f} of 255 in {source.frames} frames; "
        f"result: detail {result.detail:.0f}, light {result.light:.0f} in {result.frames} frames"
    )
    wanted = "a picture, as in the source"
    passed = bool(source.frames and result.frames)
    if source.detail >= _HAS_PICTURE and not cropped:
        passed = passed and result.detail > _HAS_NONE
    elif max(source.light, source.detail) >= _HAS_PICTURE:
        passed = passed and result.light > _HAS_NONE
    else:
        measured, wanted = f"black, as the source: {measured}", "black, as the source"
    return Check(name="picture kept", passed=passed, measured=measured, wanted=wanted)


def describe(loudness: Loudness) -> str:
    """Loudness and peak in one line."""
    lufs, peak = loudness.integrated_lufs, loudness.true_peak_dbtp
    heard = f"{lufs:.1f} LUFS" if isfinite(lufs) else "no loudness"
    return f"{heard}, {peak:.1f} dBTP" if isfinite(peak) else f"{heard}, every sample 0"
