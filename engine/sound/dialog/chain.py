"""The dialog cleanup chain: analysis, isolation, finishing, loudness, and a check for damage."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import make_folder, partial
from engine.errors import RequestError
from engine.sound.channel_analysis import channel_correction, speech_gain_db
from engine.sound.dialog.analysis import LevelAnalyzer, Levels, VoiceLevels, analyze_levels, voice_levels
from engine.sound.dialog.artifact_check import ArtifactReport, Recognizer, compare_levels, compare_words
from engine.sound.dialog.bed import MusicBed
from engine.sound.dialog.clean_report import CleanReport, StageReport
from engine.sound.dialog.clicks import clicks
from engine.sound.dialog.compression import compression
from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.intake import Recording, find_music, take_in
from engine.sound.dialog.isolation import IsolationStage, isolation
from engine.sound.dialog.levelling import levelling
from engine.sound.dialog.limiter import Limiter
from engine.sound.dialog.pass_progress import PassProgress, Progress
from engine.sound.dialog.plugin import plugin
from engine.sound.dialog.preset import STAGES, Preset, StageName
from engine.sound.dialog.room_tone import room_tone
from engine.sound.dialog.rumble import rumble
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.sibilance import sibilance
from engine.sound.dialog.sides import widened
from engine.sound.dialog.stage import MeteredStage, Stage, StageOutcome, gain_curve, run_stages
from engine.sound.dialog.tone import tone
from engine.sound.downmix import OutputLayout
from engine.sound.encode import encode
from engine.sound.gain import Gain, GainLimit, Target, static_gain
from engine.sound.loudness import MONO, STEREO, measure, measure_file
from engine.sound.loudness_values import Loudness
from engine.sound.track import Block, RepairCount, duration_of

# How often a chain that damages speech is weakened; the last time, isolation is left out.
_ROUNDS = 3
_BACK_OFF = 0.6
# Loudness gating and the limiter do not follow a gain exactly: it is corrected until within this of the target.
_NEAR_LU = 0.02
_GAINS = 8


def clean(
    recording: Recording,
    preset: Preset,
    out: Path,
    *,
    bypassed: frozenset[StageName] = frozenset(),
    hear: Recognizer | None = None,
    progress: Progress | None = None,
    replace: bool = True,
    cancelled: Callable[[], bool] | None = None,
) -> CleanReport:
    """Writes the dialog of a recording as 24-bit WAV at 48 kHz, as long as the recording and on its clock.

    It has one channel, or two if the recording has a stereo bed (see `Preset`).

    Each stage analyses the recording first and is skipped if nothing needs repair. The result is compared with the
    recording; if speech is damaged, the chain is weakened and run again, and the report lists that. The same recording
    gives the same bytes. `bypassed` stages are listed in the report. `hear` enables the comparison of words.

    Raises RequestError if there is no sound or `out` is not .wav, Cancelled, EngineError if the disk is full.
    """
    if out.suffix.lower() != ".wav":
        raise RequestError(f"{out.name} is not a .wav file.", "Name the file dialog.wav.")
    make_folder(out.parent)
    passes = PassProgress(progress, cancelled)
    with TemporaryDirectory(prefix=".dialog-", dir=out.parent) as folder:
        work = ChainRun(recording, preset.without(bypassed), bypassed, Path(folder), passes)
        work.prepare()
        with partial(out, replace=replace) as unfinished:
            report = work.finish(unfinished, hear)
    passes.done()
    return report


class ChainRun:
    """The state of cleaning one recording."""

    def __init__(
        self, recording: Recording, preset: Preset, bypassed: frozenset[StageName], folder: Path, passes: PassProgress
    ) -> None:
        self._recording, self._preset, self._bypassed = recording, preset, bypassed
        self._folder, self._passes = folder, passes
        self._outcomes: dict[str, StageOutcome] = {}

    def prepare(self) -> None:
        """Analyses the recording, runs clicks and rumble, and isolates the voice: the expensive steps, done once."""
        path, index = self._recording.path, self._recording.index
        self._fold = channel_correction(path, index, cancelled=self._passes.cancelled)
        seconds = (self._recording.end or duration_of(path, index) or Fraction(60)) - self._recording.start
        self._passes.expected = max(round(seconds * RATE), 1)
        self._raised_db = 0.0 if self._recording.speech == () else speech_gain_db(self._fold)
        as_it_came = self._taken_in()
        if self._raised_db and not self._voice.speaking.any():
            # Do not amplify noise without speech.
            self._raised_db = 0.0
            as_it_came = self._taken_in()
        self._bed = find_music(self._intake, self._before, self._recording.speech, self._preset)
        self._voice = voice_levels(self._bed.apart(self._before), self._recording.speech)
        self._outcomes = self._bed.resting(self._preset)
        self._preset = self._preset.without(frozenset(one.stage for one in self._outcomes.values()))
        stages: list[Stage] = []
        preset = self._preset
        if preset.clicks:
            self._take(stages, *clicks(preset.clicks, self._passes.over(as_it_came.blocks(), 0.15)))
        if preset.rumble:
            self._take(stages, *rumble(preset.rumble, self._before, self._voice))
        repaired = run_stages(stages, self._passes.over(as_it_came.blocks(), 0.2))
        self._dry = as_it_came
        if stages:
            self._dry = Scratch(self._folder / "dry", self._bed.spared(repaired, as_it_came))
        self._lower_music()
        self._dry_levels = analyze_levels(self._dry.blocks()) if self._dry is not as_it_came else self._before
        self._share = 0.0
        if preset.isolation:
            self._share, outcomes = isolation(
                preset.isolation, voice_levels(self._bed.apart(self._dry_levels), self._recording.speech)
            )
            self._outcomes["isolation"] = outcomes
        if self._share:
            apart = run_stages([IsolationStage()], self._passes.over(self._dry.blocks(), 0.8))
            self._wet = Scratch(self._folder / "wet", self._bed.spared(apart, self._dry))

    def _lower_music(self) -> None:
        """Lowers the music under speech, if the preset does: everything there but the isolated voice."""
        self._reference = self._intake.centre
        if self._bed.lowered:
            voices = run_stages([IsolationStage()], self._passes.over(self._dry.blocks(), 0.5))
            self._dry = Scratch(self._folder / "lowered", self._bed.ducked(self._dry, voices))
            kept = self._bed.spared(self._intake.centre.blocks(), self._dry)
            self._reference = Scratch(self._folder / "reference", kept)

    def _taken_in(self) -> Scratch:
        """The recording as mono, amplified if very quiet; also sets its levels and speech levels."""
        self._repaired = RepairCount()
        self._intake = take_in(
            self._recording,
            self._fold,
            self._preset,
            gain_db=self._raised_db,
            folder=self._folder,
            watch=lambda blocks: self._passes.over(blocks, 0.05),
            repaired=self._repaired,
        )
        came = self._intake.centre
        self._before = analyze_levels(self._passes.over(came.blocks(), 0.1))
        self._voice = voice_levels(self._before, self._recording.speech)
        return came

    def dialog(self, without: StageName | None = None) -> Mono:
        """The dialog before the loudness gain, without a stage. Clicks and rumble cannot be left out any more."""
        preset = self._preset.without(frozenset([without])) if without else self._preset
        share = 0.0 if without == "isolation" else self._share
        made = self._finished(preset, share, dict(self._outcomes))[0]
        return made.read(0, made.samples)

    def finish(self, out: Path, hear: Recognizer | None) -> CleanReport:
        """Mixes, finishes and checks for damage; repeats with a weaker chain while speech is damaged."""
        heard = hear(None) if hear else None
        before = measure_file(self._recording.path, self._recording.index, cancelled=self._passes.cancelled)
        preset, share = self._preset, self._share
        backed_off: list[str] = []
        while True:
            outcomes = dict(self._outcomes)
            made, after, curve = self._finished(preset, share, outcomes)
            wide = self._widened(made)
            loudness, gain, limited = self._loud(preset, wide, out)
            clipped = loudness.clipped - before.clipped
            harm = compare_levels(self._before, after, self._voice.speaking, curve, clipped)
            if hear and heard:
                harm = compare_words(harm, heard, hear(out))
            if not harm.faults or len(backed_off) == _ROUNDS:
                break
            milder = _weaker(preset, share, harm, last=len(backed_off) == _ROUNDS - 1)
            if milder is None:
                break
            preset, share, words = milder
            backed_off.append(f"{'; '.join(harm.faults)}: {words}")
        if "isolation" in outcomes and share != self._share:
            outcomes["isolation"].measured["strength"] = round(share, 3)
            outcomes["isolation"].state = "applied" if share else "skipped"
        return CleanReport(
            preset=self._preset.name,
            verdict=_verdict(self._before, self._voice, outcomes, harm, self._bed),
            fold=self._fold,
            speech_s=round(float(self._voice.speaking.sum()) / 100, 2),
            speech_dbfs=round(self._voice.level_db - self._raised_db, 1) if self._voice.speaking.any() else None,
            noise_dbfs=round(self._voice.floor_db - self._raised_db, 1) if self._voice.floor_db > -199 else None,
            stages=tuple(self._report(name, outcomes.get(name)) for name in STAGES if self._named(name)),
            harm=harm,
            backed_off=tuple(backed_off),
            before=before,
            after=loudness,
            gain=gain,
            limited_db=round(limited, 2),
            repaired=self._repaired.samples,
            raised_db=round(self._raised_db, 1),
            music=self._bed.report(removed=share > 0),
            layout="stereo" if wide.channels == 2 else "mono",
            layout_why=self._intake.why,
        )

    def _finished(
        self, preset: Preset, share: float, outcomes: dict[str, StageOutcome]
    ) -> tuple[Scratch, Levels, NDArray[np.float64]]:
        """The dialog before the loudness gain, its levels, and the level gain in dB every 100 ms."""
        mixed = Scratch(self._folder / "mixed", self._mixed(share)) if share else self._dry
        levels = analyze_levels(mixed.blocks()) if share else self._dry_levels
        if share:
            outcomes["isolation"].curve = gain_curve(self._dry_levels.power, levels.power)
        speaking = self._voice.speaking
        even: list[Stage] = []
        if preset.room_tone:
            # Gaps are detected in the recording, but filled with tone that matches the mix.
            found = room_tone(preset.room_tone, levels.power, self._before.held, speaking, mixed.read)
            self._add(even, outcomes, *found)
        if preset.levelling:
            self._add(even, outcomes, *levelling(preset.levelling, levels.power, speaking))
        level, levels = self._passed(even, mixed, levels, "level")
        rest: list[Stage] = []
        if preset.sibilance:
            self._add(rest, outcomes, *sibilance(preset.sibilance, levels.power, levels.sibilants, speaking))
        if preset.compression:
            self._add(rest, outcomes, *compression(preset.compression, levels.power, speaking))
        if preset.tone:
            self._add(rest, outcomes, *tone(preset.tone, speaking, level.read))
        if preset.plugin:
            self._add(rest, outcomes, *plugin(preset.plugin))
        made, levels = self._passed(rest, level, levels, "made")
        if self._bed.kept and made is not self._dry:
            spared = self._bed.restored(self._bed.spared(made.blocks(), level), self._reference)
            made = Scratch(self._folder / "restored", spared)
            levels = analyze_levels(made.blocks())
        curve = np.zeros(-(-made.samples * 10 // RATE))
        for name in ("levelling", "compression"):
            if name in outcomes and outcomes[name].curve:
                curve += np.array(outcomes[name].curve)
        return made, levels, curve

    def _widened(self, made: Scratch) -> Scratch:
        """The dialog with the recording's sides around it, if they are kept."""
        sides = self._intake.kept_sides(self._preset, self._bed, self._voice.speaking)
        if sides is None:
            return made
        return Scratch(self._folder / "wide", widened(self._reference, made, sides, self._bed), channels=2)

    def _passed(self, stages: Sequence[Stage], source: Scratch, levels: Levels, name: str) -> tuple[Scratch, Levels]:
        """The source after the stages, and its levels."""
        if not stages:
            return source, levels
        analyzer = LevelAnalyzer()

        def heard() -> Iterator[Mono]:
            for block in run_stages(stages, source.blocks()):
                self._passes.check_cancelled()
                analyzer.push(block)
                yield block

        made = Scratch(self._folder / name, heard())
        return made, analyzer.levels()

    def _loud(self, preset: Preset, made: Scratch, out: Path) -> tuple[Loudness, Gain, float]:
        """Writes the dialog at its target loudness to `out`; corrects the gain until the target is reached.

        Returns the loudness, the gain from the recording to `out`, and the limiter's maximum reduction in dB.
        """
        wanted = preset.loudness
        target = Target(
            lufs=wanted.lufs, true_peak_ceiling_dbtp=wanted.true_peak_dbtp, tolerance_lu=wanted.tolerance_lu
        )
        layout: OutputLayout = "stereo" if made.channels == 2 else "mono"
        weights: Sequence[float] = STEREO if made.channels == 2 else MONO
        found = measure(_columns(made.blocks()), RATE, weights)
        first = static_gain(found, target)
        headroom = target.true_peak_ceiling_dbtp - found.true_peak_dbtp
        most = headroom + wanted.limiter_db
        db = min(target.lufs - found.integrated_lufs, most) if first.held_by != "silence" else first.db
        for _ in range(_GAINS):
            finished, limited_db = self._with_gain(made, db, headroom, target.true_peak_ceiling_dbtp)
            after = measure(_columns(finished.blocks()), RATE, weights)
            short = target.lufs - after.integrated_lufs
            if first.held_by == "silence" or abs(short) <= _NEAR_LU or (short > 0 and db >= most):
                break
            db = min(db + short, most)
        encode(
            _columns(finished.blocks()),
            out,
            "wav",
            codec="wav",
            bit_rate=0,
            rate=RATE,
            edit_list=True,
            layout=layout,
        )
        held_by: GainLimit = "target" if abs(short) <= target.tolerance_lu else "ceiling"
        raised_by = db + self._raised_db if math.isfinite(db) else db
        return after, Gain(db=raised_by, held_by="silence" if first.held_by == "silence" else held_by), limited_db

    def _with_gain(self, made: Scratch, db: float, headroom: float, ceiling_dbtp: float) -> tuple[Scratch, float]:
        """The dialog with a gain, limited if it exceeds the headroom; and the limiter's maximum reduction in dB."""
        limiter = Limiter(db, ceiling_dbtp, made.read)
        factor = np.float32(10 ** (db / 20)) if math.isfinite(db) else np.float32(1)

        def blocks() -> Iterator[Mono]:
            for start in range(0, made.samples, RATE):
                stop = min(start + RATE, made.samples)
                yield limiter.limited(start, stop) if db > headroom else made.read(start, stop) * factor

        finished = Scratch(self._folder / "finished", self._passes.over(blocks(), 0.95), made.channels)
        return finished, limiter.deepest_db

    def _mixed(self, share: float) -> Iterator[Mono]:
        for dry, wet in zip(self._dry.blocks(), self._wet.blocks(), strict=True):
            yield dry + np.float32(share) * (wet - dry)

    def _take(self, stages: list[Stage], stage: Stage | None, outcome: StageOutcome) -> None:
        self._add(stages, self._outcomes, stage, outcome)

    def _add(self, stages: list[Stage], kept: dict[str, StageOutcome], stage: Stage | None, one: StageOutcome) -> None:
        kept[one.stage] = one
        if stage:
            stages.append(MeteredStage(stage, one))

    def _named(self, name: StageName) -> bool:
        return name in self._bypassed or name in self._outcomes or self._preset.of(name) is not None

    def _report(self, name: str, one: StageOutcome | None) -> StageReport:
        if one is None:
            return StageReport(stage=name, state="bypassed", why="bypassed on request", measured={})
        why = one.why + self._bed.exception(one)
        return StageReport(stage=one.stage, state=one.state, why=why, measured=one.measured, curve=tuple(one.curve))


def _weaker(preset: Preset, share: float, harm: ArtifactReport, *, last: bool) -> tuple[Preset, float, str] | None:
    """The chain with less of what may cause the damage, and a description; None if nothing can be reduced."""
    pumping = any("pumps" in fault for fault in harm.faults)
    if pumping and len(harm.faults) == 1:
        if not (preset.levelling or preset.compression):
            return None
        return preset.with_strength(0.0 if last else 0.5), share, "levelling and compression reduced"
    if not share:
        return None
    less = 0.0 if last else share * _BACK_OFF
    return preset, less, f"isolation reduced to {less:.2f}" if less else "isolation left out"


def _verdict(
    before: Levels, voice: VoiceLevels, outcomes: Mapping[str, StageOutcome], harm: ArtifactReport, bed: MusicBed
) -> str:
    if not len(before.power) or before.held.all():
        return "silent: nothing was changed"
    if not voice.speaking.any():
        return f"{'music, ' if bed.kept else ''}no speech: only the loudness was set"
    if harm.faults:
        return f"listen before you use it: {'; '.join(harm.faults)}"
    working = [name for name, one in outcomes.items() if one.state == "applied"]
    if bed.lowered:
        working.append("lower music")
    return f"improved by {', '.join(working)}" if working else "no cleanup needed: only the loudness was set"


def _columns(blocks: Iterable[Mono]) -> Iterator[Block]:
    """(samples,) blocks as (samples, 1); blocks of more channels as they are."""
    return (block.reshape(len(block), -1) for block in blocks)
