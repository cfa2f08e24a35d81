"""The dialog cleanup chain: analysis, isolation, finishing, loudness, and a check for damage."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import make_folder, partial
from engine.errors import RequestError
from engine.sound.channel_analysis import channel_correction, speech_gain_db
from engine.sound.dialog.analysis import LevelAnalyzer, Levels, VoiceLevels, analyze_levels, voice_levels
from engine.sound.dialog.artifact_check import MOST_PUMPING_DB, ArtifactReport, compare_levels, with_words
from engine.sound.dialog.bed import MusicBed
from engine.sound.dialog.breaths import breaths
from engine.sound.dialog.clean_report import CleanReport, StageReport
from engine.sound.dialog.clipping import newly_clipped
from engine.sound.dialog.compression import compression
from engine.sound.dialog.declip import ClippedSource
from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.intake import Recording, find_music, take_in
from engine.sound.dialog.isolation import IsolationStage, isolation
from engine.sound.dialog.isolation_check import IsolationCheck, Recognizer
from engine.sound.dialog.levelling import levelling
from engine.sound.dialog.pass_progress import PassProgress, Progress
from engine.sound.dialog.plugin import plugin
from engine.sound.dialog.preset import STAGES, Preset, StageName
from engine.sound.dialog.repairs import repair_stages
from engine.sound.dialog.room_tone import room_tone
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.sibilance import sibilance
from engine.sound.dialog.sides import widened
from engine.sound.dialog.speech_recovery import less_noisy, recover_speech
from engine.sound.dialog.stage import MeteredStage, Stage, StageOutcome, gain_curve, run_stages
from engine.sound.dialog.strength import StrengthCurve, describe_stretches
from engine.sound.dialog.target_loudness import write_at_loudness
from engine.sound.dialog.tone import tone
from engine.sound.dialog.word_losses import WordComparison
from engine.sound.loudness import measure_file
from engine.sound.track import RepairCount, duration_of

# The shares of the dynamics that are tried in turn if they make the noise pump.
_DYNAMICS = (1.0, 0.5, 0.0)
# The share of the comparison of words in the progress.
_WORDS_SHARE = 0.4


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
    recording. Where isolation harms speech, it is weaker; if levels pump, the dynamics are; the report lists both. The
    same recording gives the same bytes. `bypassed` stages are listed in the report. `hear` enables the comparison of
    words.

    Raises RequestError if there is no sound or `out` is not .wav, Cancelled, EngineError if the disk is full.
    """
    if out.suffix.lower() != ".wav":
        raise RequestError(f"{out.name} is not a .wav file.", "Name the file dialog.wav.")
    make_folder(out.parent)
    passes = PassProgress(progress, cancelled)
    with TemporaryDirectory(prefix=".dialog-", dir=out.parent) as folder:
        work = ChainRun(recording, preset.without(bypassed), bypassed, Path(folder), passes)
        work.prepare(hear)
        with partial(out, replace=replace) as unfinished:
            report = work.finish(unfinished)
    passes.done()
    return report


class ChainRun:
    """The state of cleaning one recording."""

    _voice: VoiceLevels

    def __init__(
        self, recording: Recording, preset: Preset, bypassed: frozenset[StageName], folder: Path, passes: PassProgress
    ) -> None:
        self._recording, self._preset, self._bypassed = recording, preset, bypassed
        self._folder, self._passes = folder, passes
        self._outcomes: dict[str, StageOutcome] = {}

    def prepare(self, hear: Recognizer | None = None) -> None:
        """Analyses the recording, repairs it, and isolates the voice: the expensive steps, done once.

        Isolation is weaker where speech is harmed, by the levels and, with `hear`, by the words.
        """
        path, index = self._recording.path, self._recording.index
        self._fold = channel_correction(path, index, cancelled=self._passes.cancelled)
        self._clipped = self._find_clipping()
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
        resting = self._bed.resting(self._preset)
        self._preset = self._preset.without(frozenset(one.stage for one in resting.values()))
        self._outcomes = {**resting, **self._outcomes}
        stages: list[Stage] = []
        preset = self._preset
        found, reverberant = repair_stages(
            preset, as_it_came, self._before, self._voice, lambda blocks: self._passes.over(blocks, 0.15)
        )
        for stage, outcome in found:
            self._take(stages, stage, outcome)
        repaired = run_stages(stages, self._passes.over(as_it_came.blocks(), 0.2))
        self._dry = as_it_came
        if stages:
            self._dry = Scratch(self._folder / "dry", self._bed.spared(repaired, as_it_came))
        self._lower_music()
        self._dry_levels = analyze_levels(self._dry.blocks()) if self._dry is not as_it_came else self._before
        self._strength: StrengthCurve | None = None
        self._words: WordComparison | None = None
        self._heard_s = self._shared_s = 0.0
        if preset.isolation:
            voice = voice_levels(self._bed.apart(self._dry_levels), self._recording.speech)
            share, outcome = isolation(preset.isolation, voice, reverberant)
            self._outcomes["isolation"] = outcome
            if share:
                self._isolate(share, reverberant, hear)

    @property
    def _rt60(self) -> float:
        """The reverberation time of the room in seconds; 0 if it is unknown."""
        found = self._outcomes.get("dereverb")
        return found.measured.get("rt60_ms", 0.0) / 1000 if found else 0.0

    def _isolate(self, share: float, reverberant: float, hear: Recognizer | None) -> None:
        check = IsolationCheck(
            self._dry,
            self._dry_levels,
            self._voice.speaking,
            self._recording.speech,
            share,
            hear,
            self._passes.advance_beside,
            self._rt60,
            self._recording.words,
        )
        blocks = self._passes.over(self._dry.blocks(), 0.8, _WORDS_SHARE if hear else 0.0)
        # Reverberation follows the speech: in a room, it would come back with it.
        apart = recover_speech(run_stages([IsolationStage()], blocks), self._dry, 1 - reverberant)
        self._wet = Scratch(self._folder / "wet", check.watch(self._bed.spared(apart, self._dry)))
        self._strength, self._words = check.strength(self._wet)
        self._heard_s, self._shared_s = check.heard_s, check.shared_s
        outcome = self._outcomes["isolation"]
        if self._strength.stretches:
            outcome.measured["least_strength"] = self._strength.least
            outcome.why += f"; weaker from time to time, down to {self._strength.least:.2f}"

    def _lower_music(self) -> None:
        """Lowers the music under speech, if the preset does: everything there but the isolated voice."""
        self._reference = self._intake.centre
        if self._bed.lowered:
            voices = run_stages([IsolationStage()], self._passes.over(self._dry.blocks(), 0.5))
            self._dry = Scratch(self._folder / "lowered", self._bed.ducked(self._dry, voices))
            kept = self._bed.spared(self._intake.centre.blocks(), self._dry)
            self._reference = Scratch(self._folder / "reference", kept)

    def _find_clipping(self) -> ClippedSource | None:
        """The recording with its clipped peaks restored; None if `declip` is skipped."""
        if not self._preset.declip:
            return None
        recording = self._recording
        source = ClippedSource(recording.path, recording.index, recording.start, recording.end, self._fold)
        self._outcomes["declip"] = source.detect(self._preset.declip, self._passes.cancelled)
        return source if source.clipping else None

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
            clipped=self._clipped,
        )
        came = self._intake.centre
        self._before = analyze_levels(self._passes.over(came.blocks(), 0.1))
        self._voice = voice_levels(self._before, self._recording.speech)
        return came

    def dialog(self, without: StageName | None = None) -> Mono:
        """The dialog before the loudness gain, without a stage; `REPAIRS` cannot be left out any more."""
        preset = self._preset.without(frozenset([without])) if without else self._preset
        strength = None if without == "isolation" else self._strength
        made = self._finished(preset, strength, dict(self._outcomes))[0]
        return made.read(0, made.samples)

    def finish(self, out: Path) -> CleanReport:
        """Mixes, finishes and checks for damage; if only the level pumps, finishes again with weaker dynamics."""
        before = measure_file(self._recording.path, self._recording.index, cancelled=self._passes.cancelled)
        preset = self._preset
        backed_off = list(describe_stretches(self._strength)) if self._strength else []
        for dynamics in _DYNAMICS:
            preset = self._preset.with_strength(dynamics)
            outcomes = dict(self._outcomes)
            made, after, curve = self._finished(preset, self._strength, outcomes)
            pumping = compare_levels(self._before, after, self._voice.speaking, curve, 0).pumping_db
            if pumping <= MOST_PUMPING_DB or not (preset.levelling or preset.compression) or not dynamics:
                break
            backed_off.append(f"background noise pumps by {pumping:.1f} dB: levelling and compression reduced")
        wide = self._widened(made)
        set_to = write_at_loudness(wide, preset.loudness, out, lambda blocks: self._passes.over(blocks, 0.95))
        clipped = newly_clipped(out, self._recording.path, self._recording.index)
        harm = with_words(
            compare_levels(self._before, after, self._voice.speaking, curve, clipped, self._rt60),
            self._words,
            self._heard_s,
            self._shared_s,
        )
        return CleanReport(
            preset=self._preset.name,
            verdict=_verdict(self._before, self._voice, outcomes, harm, self._bed) + set_to.shortfall(preset.loudness),
            fold=self._fold,
            speech_s=round(float(self._voice.speaking.sum()) / 100, 2),
            speech_dbfs=round(self._voice.level_db - self._raised_db, 1) if self._voice.speaking.any() else None,
            noise_dbfs=round(self._voice.floor_db - self._raised_db, 1) if self._voice.floor_db > -199 else None,
            stages=tuple(self._report(name, outcomes.get(name)) for name in STAGES if self._named(name)),
            harm=harm,
            backed_off=tuple(backed_off),
            isolation_strength=tuple(self._strength.cells()) if self._strength else (),
            before=before,
            after=set_to.loudness,
            gain=set_to.gain.model_copy(update={"db": set_to.gain.db + self._raised_db}),
            limited_db=round(set_to.limiter.most_db, 2),
            limiter=set_to.limiter,
            repaired=self._repaired.samples,
            raised_db=round(self._raised_db, 1),
            music=self._bed.report(removed=self._strength is not None),
            layout="stereo" if wide.channels == 2 else "mono",
            layout_why=self._intake.why,
        )

    def _finished(
        self, preset: Preset, strength: StrengthCurve | None, outcomes: dict[str, StageOutcome]
    ) -> tuple[Scratch, Levels, NDArray[np.float64]]:
        """The dialog before the loudness gain, its levels, and the level gain in dB every 100 ms."""
        mixed = Scratch(self._folder / "mixed", self._mixed(strength)) if strength else self._dry
        levels = analyze_levels(mixed.blocks()) if strength else self._dry_levels
        if strength:
            outcomes["isolation"].curve = gain_curve(self._dry_levels.power, levels.power)
        speaking = self._voice.speaking
        even: list[Stage] = []
        if preset.breaths:
            self._add(even, outcomes, *breaths(preset.breaths, levels, self._voice, mixed.read))
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
            self._add(rest, outcomes, *tone(preset.tone, speaking, level.read, self._voice.above_noise_db))
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

    def _mixed(self, strength: StrengthCurve) -> Iterator[Mono]:
        at, rest = 0, functools.partial(less_noisy, self._dry, self._wet)
        for dry, wet in zip(self._dry.blocks(), self._wet.blocks(), strict=True):
            yield strength.mix(dry, wet, at, rest)
            at += len(dry)

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


def _verdict(
    before: Levels, voice: VoiceLevels, outcomes: Mapping[str, StageOutcome], harm: ArtifactReport, bed: MusicBed
) -> str:
    if not len(before.power) or before.held.all():
        return "silent: nothing was changed"
    if not voice.speaking.any():
        return f"{'music, ' if bed.kept else ''}no speech; only the loudness was set"
    if harm.faults:
        return f"listen before you use it: {'; '.join(harm.faults)}"
    working = [name for name, one in outcomes.items() if one.state == "applied"]
    if bed.lowered:
        working.append("lower music")
    return f"improved by {', '.join(working)}" if working else "no cleanup needed; only the loudness was set"
