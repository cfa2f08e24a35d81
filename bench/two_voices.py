"""Two channels with one voice each: words and speakers of each channel by itself, beside a mix of both."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np

from bench.words import normalized, word_error_rate
from engine.sound import VoiceChoice
from engine.speech import Transcript, with_speakers
from engine.studio import Studio
from engine.tasks import diarize_subject, transcribe_subject
from fixtures.dialogue import LINES, RATE, Spoken, spoken_voices
from fixtures.two_channels import Samples, two_channels
from fixtures.wav import write_wav

_TURNS, _OVERLAP_S = 8, 1.0
_NAMES = ("Ada", "Ben")
_MODEL = "tiny.en"
# Crosstalk in dB and noise.
_RECORDINGS = {"lavaliers, crosstalk −20 dB": (-20.0, 3e-4), "call": (-200.0, 0.0)}


class _Unwatched:
    def progress(self, *_: object) -> None: ...

    def cancelled(self) -> bool:
        return False


def run() -> None:
    """Prints a table of recordings."""
    lines, turns = _dialogue()
    seconds = float(lines[-1].end) + 0.5
    print(f"Two voices of eSpeak NG, {_TURNS} turns that overlap by {_OVERLAP_S:g} s, {seconds:.0f} s, {_MODEL}\n")
    print("| recording | words wrong: by channel | mixed | words with a wrong speaker: by channel | mixed |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name, (crosstalk, noise) in _RECORDINGS.items():
            pairs = two_channels(turns, seconds, crosstalk_db=crosstalk, noise=noise)
            path = write_wav(Path(folder) / "dialogue.wav", pairs, rate=RATE)
            found = [_errors(lines, _transcript(path, choice)) for choice in ("auto", "mix")]
            cells = [f"{part:.1%}" for errors in zip(*found, strict=True) for part in errors]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _dialogue() -> tuple[list[Spoken], list[tuple[int, float, Samples]]]:
    """Turns of one line each, in turn; each starts `_OVERLAP_S` before the last one ends."""
    lines: list[Spoken] = []
    turns: list[tuple[int, float, Samples]] = []
    at = 0.5
    for number in range(_TURNS):
        channel = number % 2
        speech = np.asarray(spoken_voices()[_NAMES[channel]][number])
        end = at + len(speech) / RATE
        lines.append(Spoken(_NAMES[channel], Fraction(at), Fraction(end), LINES[number]))
        turns.append((channel, at, speech))
        at = end - _OVERLAP_S
    return lines, turns


def _transcript(path: Path, choice: VoiceChoice) -> Transcript:
    subject = Studio.file(path)
    words = transcribe_subject(subject, _MODEL, "en", _Unwatched(), voices=choice)
    return with_speakers(words, diarize_subject(subject, None, None, _Unwatched(), choice))


def _errors(lines: list[Spoken], transcript: Transcript) -> tuple[float, float]:
    """The word error rate, and the share of words during one voice alone that have the other speaker."""
    said = [word for line in lines for word in normalized(line.words)]
    heard = [one for word in transcript.words for one in normalized(word.text)]
    pairs: dict[tuple[str | None, str], int] = defaultdict(int)
    for word in transcript.words:
        middle = (word.start + word.end) / 2
        speaking = {line.speaker for line in lines if line.start <= middle <= line.end}
        if len(speaking) == 1:
            pairs[word.speaker, speaking.pop()] += 1
    straight = pairs["S1", _NAMES[0]] + pairs["S2", _NAMES[1]]
    crossed = pairs["S1", _NAMES[1]] + pairs["S2", _NAMES[0]]
    return word_error_rate(said, heard), 1 - max(straight, crossed) / max(sum(pairs.values()), 1)
