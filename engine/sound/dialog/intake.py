"""Reads a recording into the centre that the chain cleans, and the sides that stay around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.sound.automix import FrameLevels, mix_gains, mixed
from engine.sound.channel_gains import ChannelCorrection
from engine.sound.channel_voices import ChannelVoices
from engine.sound.dialog.analysis import Levels
from engine.sound.dialog.bed import MusicBed, Spans, spoken_frames
from engine.sound.dialog.declip import ClippedSource
from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.music import MusicMeter, MusicScores
from engine.sound.dialog.preset import Preset
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.sides import sides_matter
from engine.sound.dialog.word_losses import HeardWord
from engine.sound.track import Block, RepairCount, read_blocks

Watch = Callable[[Iterator[Mono]], Iterator[Mono]]


@dataclass(frozen=True, slots=True)
class Recording:
    """A file's sound track, and its speech spans in seconds; None if they are unknown.

    With `start` and `end`, in seconds, only this stretch is processed; its speech spans begin at `start`. `words` are
    those of a transcript of the whole recording, if there is one by the model that compares the words.
    """

    path: Path
    index: int | None = None
    speech: Spans | None = None
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    words: tuple[HeardWord, ...] | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """The centre of a recording, (left + right) / 2, and its sides, (left − right) / 2; None if they do not matter.

    Without sides, the centre is the mono mix of the correction, or that of two voices by who speaks.
    `why` explains the channels.
    """

    centre: Scratch
    sides: Scratch | None
    why: str

    def kept_sides(self, preset: Preset, bed: MusicBed, speaking: NDArray[np.bool_]) -> Scratch | None:
        """The sides if the result is stereo: there is music, or nobody speaks, or the preset always keeps them."""
        wanted = preset.channels == "stereo" or bed.kept or not speaking.any()
        return self.sides if wanted else None


def take_in(
    recording: Recording,
    correction: ChannelCorrection,
    preset: Preset,
    *,
    gain_db: float,
    folder: Path,
    watch: Watch,
    repaired: RepairCount,
    clipped: ClippedSource | None = None,
) -> Intake:
    """Reads the recording with a gain in dB, from `clipped` if there are restored peaks.

    It has sides only if the preset may keep them.

    A single channel that `correction` chose for speech stays the centre, unless nobody speaks. Two channels with one
    voice each are mixed by who speaks.
    """
    factor = np.float32(10 ** (gain_db / 20))
    if correction.voices and preset.voices == "auto" and preset.channels != "stereo":
        pairs = (pair * factor for pair in _read(recording, correction, "stereo", repaired, clipped))
        centre = _mixed_by_voice(watch(pairs), correction.voices, folder)
        return Intake(centre, None, f"{correction.voices.note}, mixed by who speaks")
    chosen = sum(gain != 0 for gain in correction.mono) == 1 and not correction.ambisonic
    if preset.channels == "mono" or (preset.music == "drop" and preset.channels == "auto"):
        why = "the preset makes one channel"
    elif not correction.spread or (chosen and recording.speech != () and preset.channels == "auto"):
        why = correction.why
    else:
        side_path = folder / "sides"
        with side_path.open("wb") as file:

            def centred() -> Iterator[Mono]:
                for pair in _read(recording, correction, "stereo", repaired, clipped):
                    halves = pair * (factor / 2)
                    file.write(np.ascontiguousarray(halves[:, 0] - halves[:, 1]).data)
                    yield halves[:, 0] + halves[:, 1]

            centre = Scratch(folder / "came", watch(centred()))
        sides = Scratch.existing(side_path)
        if sides_matter(centre, sides):
            return Intake(centre, sides, "the recording is stereo")
        why = "the sides are far below the centre"
        if not chosen:
            return Intake(centre, None, why)
    mono = (block[:, 0] * factor for block in _read(recording, correction, "mono", repaired, clipped))
    return Intake(Scratch(folder / "came", watch(mono)), None, why)


def _mixed_by_voice(pairs: Iterator[Block], voices: ChannelVoices, folder: Path) -> Scratch:
    meter = FrameLevels(RATE)

    def measured() -> Iterator[Block]:
        for pair in pairs:
            meter.push(pair)
            yield pair

    both = Scratch(folder / "voices", measured(), channels=2)
    centre = Scratch(folder / "came", mixed(both.blocks(), mix_gains(meter.levels(), voices), RATE))
    both.path.unlink()
    return centre


def find_music(intake: Intake, levels: Levels, speech: Spans | None, preset: Preset) -> MusicBed:
    """The music of the centre and, where they are audible, of the sides."""
    spoken = spoken_frames(levels, speech)
    scores = _measured(intake.centre)
    if intake.sides:
        scores = scores.highest(_measured(intake.sides))
    return MusicBed(scores.music(spoken), spoken, preset.music, preset.duck_db)


def _measured(scratch: Scratch) -> MusicScores:
    meter = MusicMeter()
    for block in scratch.blocks():
        meter.push(block)
    return meter.scores()


def _read(
    recording: Recording,
    correction: ChannelCorrection,
    layout: Literal["mono", "stereo"],
    repaired: RepairCount,
    clipped: ClippedSource | None,
) -> Iterator[Block]:
    # A recording may be read twice, and its repaired samples are counted once.
    repaired.samples = 0
    if clipped:
        return clipped.blocks(layout, repaired)
    return read_blocks(
        recording.path,
        recording.index,
        layout=layout,
        correction=correction,
        start=recording.start,
        end=recording.end,
        repaired=repaired,
    )
