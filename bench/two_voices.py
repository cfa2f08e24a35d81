"""Two channels with one voice each: words and speakers of each channel by itself, beside a mix of both."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from bench.words import normalized, word_error_rate
from engine.sound import VoiceChoice
from engine.speech import Transcript, with_speakers
from engine.studio import Studio
from engine.tasks import diarize_subject, transcribe_subject
from fixtures.dialogue import RATE, Spoken, converse, spoken_voices
from fixtures.two_channels import Samples, two_channels
from fixtures.wav import write_wav

_SECONDS = 40.0
_NAMES = ("Ada", "Ben")
_MODEL = "tiny.en"
# Crosstalk in dB and noise: lavaliers, lavaliers near each other, and a call.
_RECORDINGS = {"lavaliers, −20 dB": (-20.0, 3e-4), "lavaliers, −15 dB": (-15.0, 3e-4), "call": (-200.0, 0.0)}


class _Unwatched:
    def progress(self, *_: object) -> None: ...

    def cancelled(self) -> bool:
        return False


def run() -> None:
    """Prints a table of recordings."""
    lines = converse(_SECONDS, _NAMES, seed=4)[1]
    print(f"A dialogue of {_SECONDS:.0f} s of two voices of eSpeak NG that interrupt each other, {_MODEL}\n")
    print("| recording | words wrong: by channel | mixed | words with a wrong speaker: by channel | mixed |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name, (crosstalk, noise) in _RECORDINGS.items():
            pairs = two_channels(_turns(lines), _SECONDS, crosstalk_db=crosstalk, noise=noise)
            path = write_wav(Path(folder) / "dialogue.wav", pairs, rate=RATE)
            found = [_errors(lines, _transcript(path, choice)) for choice in ("auto", "mix")]
            cells = [f"{part:.1%}" for errors in zip(*found, strict=True) for part in errors]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _turns(lines: list[Spoken]) -> list[tuple[int, float, Samples]]:
    voices, found = spoken_voices(), []
    for line in lines:
        length = round((line.end - line.start) * RATE)
        speech = next(one for one in voices[line.speaker] if len(one) == length)
        found.append((_NAMES.index(line.speaker), float(line.start), np.asarray(speech)))
    return found


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
