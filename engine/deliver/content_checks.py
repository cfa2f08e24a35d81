"""Compares the content of a deliverable with its source, so that no sound, speech or picture is lost.

The verdicts "silent", "no words" and "black" take both into account: a deliverable without sound passes only if its
source has none, and the check says so.
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
from engine.sound import SILENT_DBTP, GainLimit, LimiterWork, Loudness, channel_correction, read_blocks, speech_gain_db
from engine.speech import speech_spans

# A loudness is measured over gating blocks of 400 ms (BS.1770-5).
_MEASURABLE = Fraction(2, 5)

# With one gain under the true peak ceiling, speech with loud peaks stays 10 to 20 LU below its target. Further below,
# the programme does not match the recipe.
_SHORT_OF_TARGET_LU = 24.0

# A gain changes loudness and peaks alike; a larger drop of the peak means lost sound.
_LOST_DB = 30.0

# 8-bit codes. A source at or above _HAS_PICTURE (detail or light) has a picture; a result at or below _HAS_NONE has
# none. The gap allows for a rendering that darkens.
_HAS_PICTURE = 16.0
_HAS_NONE = 4.0


def is_silent(loudness: Loudness) -> bool:
    """Whether the sound is inaudible: no gated loudness, and no peak above -60 dBTP."""
    return not isfinite(loudness.integrated_lufs) and not loudness.true_peak_dbtp > SILENT_DBTP


def check_sound_kept(source: Loudness, result: Loudness) -> Check:
    """Checks that the result has sound if the source has, and is silent if the source is silent."""
    measured = f"source {describe(source)}; result {describe(result)}"
    if is_silent(source):
        return Check(
            name="sound kept",
            passed=is_silent(result),
            measured=f"silent, as the source: {measured}" if is_silent(result) else measured,
            wanted="silent, as the source",
        )
    lost = is_silent(result)
    # Without a loudness (too short, or below the gate), compare the peaks.
    if not isfinite(result.integrated_lufs):
        lost = lost or result.true_peak_dbtp < source.true_peak_dbtp - _LOST_DB
    return Check(name="sound kept", passed=not lost, measured=measured, wanted="sound, as in the source")


def check_no_sound_made(tracks: int, carried: int) -> Check:
    """The verdict without mastered sound: passed if the source has none, or all its tracks are carried."""
    if not tracks:
        return Check(name="sound kept", passed=True, measured="none, as in the source: 0 tracks", wanted="no sound")
    return Check(
        name="sound kept",
        passed=carried == tracks,
        measured=f"{carried} of {tracks} source sound tracks carried; none can be decoded",
        wanted="the sound of the source",
    )


def check_loudness(
    target: SoundRecipe, held_by: GainLimit, source: Loudness, result: Loudness, duration: Fraction
) -> list[Check]:
    """Checks the loudness (LUFS) and the true peak (dBTP) of the finished file.

    A file that stays below its target because more gain would exceed the ceiling gives a warning. A file without a
    loudness passes only if its source has none either, because it is silent or shorter than one gating block.
    """
    wanted = f"{target.lufs:g} ±{target.tolerance_lu:g} LUFS"
    integrated, measured = result.integrated_lufs, object()
    warning = False
    if not isfinite(integrated):
        short = duration < _MEASURABLE
        same = is_silent(result) == is_silent(source) and not isfinite(source.integrated_lufs)
        passed = same and (short or is_silent(source))
        measured = describe(result)
        if is_silent(source):
            wanted = f"{wanted}, or silent as the source"
        elif short:
            wanted = f"{wanted}, or shorter than 400 ms (loudness not measurable)"
    else:
        passed = abs(integrated - target.lufs) <= target.tolerance_lu
        measured = round(integrated, 2)
        missing = target.lufs - integrated
        if not passed and held_by in ("ceiling", "limiter") and 0 < missing <= _SHORT_OF_TARGET_LU:
            warning = True
            wanted = f"{wanted}; {missing:.1f} LU quieter: {_limit(target)}"
    return [
        Check(name="loudness", passed=passed, warning=warning, measured=measured, wanted=wanted),
        _true_peak(target.true_peak_dbtp, source, result),
    ]


def check_limiter(target: SoundRecipe, work: LimiterWork) -> list[Check]:
    """Checks that the limiter stays within its bounds; no check without a limiter."""
    if not target.limiter_db:
        return []
    return [
        Check(
            name="limiter",
            passed=work.most_db <= target.limiter_db and work.share <= target.limiter_share,
            measured=f"{work.most_db:.1f} dB at most, {work.share:.1%} of the time",
            wanted=f"≤ {target.limiter_db:g} dB, ≤ {target.limiter_share:.0%} of the time",
        )
    ]


def _limit(target: SoundRecipe) -> str:
    if target.limiter_db:
        return f"the limiter is at its bounds ({target.limiter_db:g} dB, {target.limiter_share:.0%} of the time)"
    return f"the peaks are at the ceiling of {target.true_peak_dbtp:g} dBTP, and the recipe has no limiter"


def _true_peak(ceiling: float, source: Loudness, result: Loudness) -> Check:
    peak = result.true_peak_dbtp
    wanted = f"≤ {ceiling:g} dBTP"
    if isinf(peak):
        silent = is_silent(source)
        wanted = f"{wanted}, or silent as the source" if silent else wanted
        return Check(name="true peak", passed=silent, measured="all samples are 0", wanted=wanted)
    return Check(name="true peak", passed=peak <= ceiling, measured=round(peak, 2), wanted=wanted)


def speech_seconds(
    path: Path, index: int | None, start: Fraction, duration: Fraction, cancelled: Callable[[], bool] | None = None
) -> Fraction:
    """Seconds of speech, by the detector that transcription uses; errors as `read_blocks`."""
    correction = channel_correction(path, index, cancelled=cancelled)
    end = start + duration
    blocks = read_blocks(
        path, index, rate=16_000, layout="mono", start=start, end=end, correction=correction, cancelled=cancelled
    )
    factor = np.float32(10 ** (speech_gain_db(correction) / 20))
    return sum((end - begin for begin, end in speech_spans(block * factor for block in blocks)), Fraction(0))


def check_no_words(speech: Fraction | None) -> Check:
    """The verdict on captions without words: passed if `speech` (seconds, None without sound) is 0."""
    if speech is None:
        return Check(name="captions", passed=True, measured="no words: the source has no sound", wanted="no words")
    if speech:
        measured = f"no words, but {float(speech):.1f} s of speech detected in the source"
        return Check(name="captions", passed=False, measured=measured, wanted="the spoken words")
    measured = "no words: 0.0 s of speech detected in the source"
    return Check(name="captions", passed=True, measured=measured, wanted="no words without speech")


def check_picture_kept(source: PictureContent, result: PictureContent, cropped: bool = False) -> Check:
    """Checks that a result has detail if its source has; only a black source may give a black result.

    A `cropped` result may be flat, because the detail of its source may lie outside, but not black.
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
    """Loudness and true peak in one line."""
    lufs, peak = loudness.integrated_lufs, loudness.true_peak_dbtp
    heard = f"{lufs:.1f} LUFS" if isfinite(lufs) else "no loudness"
    return f"{heard}, {peak:.1f} dBTP" if isfinite(peak) else f"{heard}, all samples 0"
