"""Checks of a finished file's sound: its format and length, and that the sound of the source is there at its level.

The verdict on silence takes the source into account: a deliverable without sound passes only if its source has none,
and the check says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isfinite, isinf
from pathlib import Path
from typing import TYPE_CHECKING

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check
from engine.deliver.recipe import SoundRecipe

if TYPE_CHECKING:
    from engine.catalog import Sound
    from engine.picture import SoundInspection
    from engine.sound import Gain, LimiterWork, Loudness

# A loudness is measured over gating blocks of 400 ms (BS.1770-5).
_MEASURABLE = Fraction(2, 5)

# With one gain under the true peak ceiling, speech with loud peaks stays 10 to 20 LU below its target. Further below,
# the programme does not match the recipe.
_SHORT_OF_TARGET_LU = 24.0
# The work of a limiter at its bound is this close to it.
_AT_BOUND_DB = 0.1

# A gain changes loudness and peaks alike; a larger drop of the peak means lost sound.
_LOST_DB = 30.0
# What the average bit rate of AAC may be, as a multiple of the requested one.
_AAC_EXCESS = Fraction(115, 100)


@check(
    "sound-track",
    "Sound track",
    remedy="Deliver it again.",
)
def sound_track(finished: Finished) -> Iterator[Check]:
    """The movie has the sound track of the recipe, in its codec."""
    recipe = finished.recipe.sound
    if finished.master and recipe:
        sound = finished.movie.sound
        wanted = "aac LC" if recipe.codec == "aac" else "pcm_s24le"
        yield equal("sound", f"{sound.codec} {sound.profile}".strip() if sound else "none", wanted)


@check(
    "sample-rate",
    "Sample rate",
    remedy="Deliver it again.",
    applies_to=("movie", "sound"),
)
def sample_rate(finished: Finished) -> Iterator[Check]:
    """The samples per second of the sound."""
    if finished.recipe.sound and (track := _track(finished)):
        yield equal("sample rate", track.sample_rate, finished.recipe.sound.sample_rate)


@check(
    "channels",
    "Channels",
    remedy="Deliver it again.",
    applies_to=("movie", "sound"),
)
def channels(finished: Finished) -> Iterator[Check]:
    """The number of channels of the sound."""
    if finished.recipe.sound and (track := _track(finished)):
        yield equal("channels", track.channels, finished.recipe.sound.channels)


@check(
    "sound-duration",
    "Length of the sound",
    remedy="Deliver it again; if it fails again, check with `cwtui probe` that the sound of the take is whole.",
    applies_to=("movie", "sound"),
)
def sound_duration(finished: Finished) -> Iterator[Check]:
    """The sound of a movie ends with its picture, to one frame; a sound file has the requested length."""
    recipe = finished.recipe.sound
    if finished.kind == "movie" and finished.master and (sound := finished.movie.sound):
        wanted = finished.source.format
        length = wanted.frames / wanted.rate
        yield Check(
            name="sound duration",
            passed=abs(sound.end - length) <= 1 / wanted.rate,
            measured=f"{float(sound.end):.3f} s",
            wanted=f"{float(length):.3f} s, to the frame",
        )
    elif finished.kind == "sound" and recipe and (track := finished.sound_track):
        off = abs(track.start + track.duration - finished.seconds)
        yield Check(
            name="duration",
            passed=off <= Fraction(1024, recipe.sample_rate),
            measured=f"{float(track.duration):.3f} s",
            wanted=f"{float(finished.seconds):.3f} s",
        )


@check(
    "sound-bit-rate",
    "Bit rate of the sound",
    remedy="Deliver it again.",
)
def sound_bit_rate(finished: Finished) -> Iterator[Check]:
    """The average bit rate of a movie's AAC sound: at most 15 % above the recipe's, plus a buffer of one second.

    FFmpeg's encoder does not keep the average: speech at 128 kb/s has up to 139.
    """
    recipe, wanted = finished.recipe.sound, finished.source.format
    if recipe and recipe.codec == "aac" and finished.master and (sound := finished.movie.sound):
        yield judge_sound_bit_rate(sound.bit_rate, recipe.bit_rate, wanted.frames / wanted.rate)


def judge_sound_bit_rate(measured: float, wanted: int, seconds: Fraction) -> Check:
    """Compares bits per second with those of the recipe, for a movie of so many seconds."""
    return Check(
        name="sound bit rate",
        passed=measured <= wanted * (_AAC_EXCESS + 1 / seconds),
        measured=f"{measured / 1000:.0f} kb/s",
        wanted=f"≤ {wanted / 1000:g} kb/s, within 15 % and a buffer of one second",
    )


@check(
    "sound-kept",
    "Sound kept",
    remedy="Listen to the take, and check with `cwtui probe` which of its sound tracks was chosen.",
    applies_to=("movie", "sound"),
)
def sound_kept(finished: Finished) -> Iterator[Check]:
    """The file has sound if the source has, and is silent if the source is silent."""
    if finished.source_loudness:
        # `sound-track` reports a missing track.
        if finished.loudness:
            yield judge_sound_kept(finished.source_loudness, finished.loudness)
    elif finished.recipe.sound and finished.kind == "movie":
        yield judge_no_sound(finished.source_tracks, len(finished.source.carried))


@check(
    "loudness",
    "Loudness",
    remedy="Raise the bound that is named, `sound.limiter_db` or `sound.limiter_share`, or lower `sound.lufs`.",
    applies_to=("movie", "sound"),
)
def loudness(finished: Finished) -> Iterator[Check]:
    """The integrated loudness (BS.1770-5) of the file, in LUFS."""
    recipe, master, levels = finished.recipe.sound, finished.master, _kept(finished)
    if recipe and master and levels:
        yield judge_loudness(recipe, master.gain, *levels, finished.seconds, master.limiter)


@check(
    "true-peak",
    "True peak",
    remedy="Deliver it again; lower `sound.true_peak_dbtp` if a lossy codec exceeds it.",
    applies_to=("movie", "sound"),
)
def true_peak(finished: Finished) -> Iterator[Check]:
    """The highest true peak of the file, in dBTP."""
    if finished.recipe.sound and (levels := _kept(finished)):
        yield judge_true_peak(finished.recipe.sound.true_peak_dbtp, *levels)


@check(
    "limiter",
    "Limiter",
    remedy="Lower `sound.lufs`, or allow the limiter more.",
    applies_to=("movie", "sound"),
)
def limiter(finished: Finished) -> Iterator[Check]:
    """The limiter reduced peaks by at most `sound.limiter_db`, for at most `sound.limiter_share` of the time."""
    recipe = finished.recipe.sound
    if recipe and recipe.limiter_db and finished.master:
        yield judge_limiter(recipe, finished.master.limiter)


def _kept(finished: Finished) -> tuple[Loudness, Loudness] | None:
    """The loudness of the source and of the file; None if `sound-kept` or `sound-track` reports that it is lost."""
    source, result = finished.source_loudness, finished.loudness
    if source and result and (judge_sound_kept(source, result).passed or is_silent(source)):
        return source, result
    return None


def _track(finished: Finished) -> SoundInspection | Sound | None:
    if finished.kind == "sound":
        return finished.sound_track
    return finished.movie.sound if finished.master else None


def is_silent(loudness: Loudness) -> bool:
    """Whether the sound is inaudible: no gated loudness, and no peak above -60 dBTP."""
    from engine.sound import SILENT_DBTP

    return not isfinite(loudness.integrated_lufs) and not loudness.true_peak_dbtp > SILENT_DBTP


def judge_sound_kept(source: Loudness, result: Loudness) -> Check:
    """Compares a result with its source: it has sound if the source has, and is silent if the source is silent."""
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


def judge_no_sound(tracks: int, carried: int) -> Check:
    """The verdict without mastered sound: passed if the source has none, or all its tracks are carried."""
    if not tracks:
        return Check(name="sound kept", passed=True, measured="none, as in the source: 0 tracks", wanted="no sound")
    return Check(
        name="sound kept",
        passed=carried == tracks,
        measured=f"{carried} of {tracks} source sound tracks carried; none can be decoded",
        wanted="the sound of the source",
    )


def judge_loudness(
    target: SoundRecipe,
    gain: Gain,
    source: Loudness,
    result: Loudness,
    duration: Fraction,
    work: LimiterWork,
) -> Check:
    """Compares the loudness of the finished file with its target, in LUFS. `work` is that of the limiter.

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
        if not passed and gain.held_by in ("ceiling", "limiter") and 0 < missing <= _SHORT_OF_TARGET_LU:
            warning = True
            wanted = f"{wanted}; {missing:.1f} LU quieter: {_limit(target, gain, work)}"
    return Check(name="loudness", passed=passed, warning=warning, measured=measured, wanted=wanted)


def judge_limiter(target: SoundRecipe, work: LimiterWork) -> Check:
    """Compares the work of the limiter with its bounds."""
    return Check(
        name="limiter",
        passed=work.most_db <= target.limiter_db and work.share <= target.limiter_share,
        measured=f"{work.most_db:.1f} dB at most, {work.share:.1%} of the time",
        wanted=f"≤ {target.limiter_db:g} dB, ≤ {target.limiter_share:.0%} of the time",
    )


def _limit(target: SoundRecipe, gain: Gain, work: LimiterWork) -> str:
    """Why more gain was not possible."""
    if not target.limiter_db:
        return f"the peaks are at the ceiling of {target.true_peak_dbtp:g} dBTP, and the recipe has no limiter"
    allowed = f"and the recipe allows {target.limiter_db:g} dB"
    if gain.held_by == "ceiling":
        return f"the limiter of the cleaned dialog reduces peaks by as much as possible, {allowed}"
    if gain.bound == "reduction":
        before = target.limiter_db - work.most_db
        cleaned = f", after {before:.1f} dB in the cleaned dialog" if before > _AT_BOUND_DB else ""
        return f"the limiter reduces peaks by {work.most_db:.1f} dB{cleaned}, {allowed}"
    if gain.bound == "time":
        return f"the limiter works {work.share:.1%} of the time, and the recipe allows {target.limiter_share:.0%}"
    return f"encoding raises the peaks, which must stay below {target.true_peak_dbtp:g} dBTP"


def judge_true_peak(ceiling: float, source: Loudness, result: Loudness) -> Check:
    """Compares the true peak with its ceiling, in dBTP."""
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
    import numpy as np

    from engine.sound import channel_correction, read_blocks, speech_gain_db
    from engine.speech import speech_spans

    correction = channel_correction(path, index, cancelled=cancelled)
    end = start + duration
    blocks = read_blocks(
        path, index, rate=16_000, layout="mono", start=start, end=end, correction=correction, cancelled=cancelled
    )
    factor = np.float32(10 ** (speech_gain_db(correction) / 20))
    return sum((end - begin for begin, end in speech_spans(block * factor for block in blocks)), Fraction(0))


def describe(loudness: Loudness) -> str:
    """Loudness and true peak in one line."""
    lufs, peak = loudness.integrated_lufs, loudness.true_peak_dbtp
    heard = f"{lufs:.1f} LUFS" if isfinite(lufs) else "no loudness"
    return f"{heard}, {peak:.1f} dBTP" if isfinite(peak) else f"{heard}, all samples 0"
