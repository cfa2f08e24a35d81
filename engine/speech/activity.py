"""Voice activity detection: only speech is passed to the speech model, so that silence yields no words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.speech.openmp import sleep_while_waiting

RATE = 16_000
# Whisper processes 30 s at a time; a window that fits needs one pass.
_WINDOW = 29 * RATE

# Overlap of two windows if speech continues across their border.
_SHARED = 2 * RATE

_HEARD_AT_ONCE = 300 * RATE
_AGAIN = 5 * RATE

# A word longer than this (seconds) may include a pause: Whisper adds adjacent silence to words.
_LONG = 0.5
_STEP = RATE // 100
_QUIET = 0.1
_BREAK = 30


@dataclass(frozen=True, slots=True)
class Window:
    """Speech for one pass of the model: pieces of the recording without the long silences between them.

    `samples` is 16 kHz mono; piece n starts at sample `offsets[n]` of it and at sample `sources[n]`
    of the recording. The first `shared` samples are also in the previous window.
    """

    samples: NDArray[np.float32]
    offsets: tuple[int, ...]
    sources: tuple[int, ...]
    shared: int = 0

    def part(self, first: int, last: int) -> Window:
        """The samples `first` to `last` as a window; only one from the start overlaps the previous window."""
        ends = (*self.offsets[1:], len(self.samples))
        pieces = [
            (max(offset, first) - first, source + max(0, first - offset))
            for offset, source, end in zip(self.offsets, self.sources, ends, strict=True)
            if offset < last and end > first
        ]
        offsets, sources = zip(*pieces, strict=True)
        return Window(self.samples[first:last], offsets, sources, 0 if first else self.shared)

    def spoken_at(self, start: float, end: float) -> tuple[float, float]:
        """Converts a word's (start, end) from the window to the recording, in seconds, by the piece of its middle."""
        piece = max(0, bisect_right(self.offsets, (start + end) / 2 * RATE) - 1)
        shift = (self.sources[piece] - self.offsets[piece]) / RATE
        earliest = self.offsets[piece] / RATE
        last = self.offsets[piece + 1] if piece + 1 < len(self.offsets) else len(self.samples)
        return max(start, earliest) + shift, min(end, last / RATE) + shift


def without_pause(samples: NDArray[np.float32], start: float, end: float) -> tuple[float, float]:
    """A long word's (start, end) in seconds without the silence that Whisper included.

    Pauses are 0.3 s or more below a tenth (-20 dB) of the loudest 10 ms. Of the parts between pauses,
    the one with the most energy is the word.
    """
    if end - start < _LONG:
        return start, end
    spoken = samples[round(start * RATE) : round(end * RATE)]
    count = len(spoken) // _STEP
    if not count:
        return start, end
    energy = np.square(spoken[: count * _STEP], dtype=np.float64).reshape(count, _STEP).mean(axis=1)
    audible = np.flatnonzero(energy > _QUIET**2 * energy.max())
    if not len(audible):
        return start, end
    parts = np.split(audible, np.flatnonzero(np.diff(audible) >= _BREAK) + 1)
    word = max(parts, key=lambda part: float(energy[part].sum()))
    return start + float(word[0]) * _STEP / RATE, start + float(word[-1] + 1) * _STEP / RATE


def speech_spans(blocks: Iterable[NDArray[np.float32]]) -> list[tuple[Fraction, Fraction]]:
    """Speech spans in 16 kHz mono blocks by Silero's voice activity model, in seconds; in order, without overlap.

    Processes five minutes at a time, with an overlap of 5 s, so that memory does not grow with the length.
    """
    found: list[tuple[int, int]] = []
    held, begin = np.zeros(0, np.float32), 0
    for block in blocks:
        held = np.concatenate([held, block.reshape(-1)])
        if len(held) >= _HEARD_AT_ONCE:
            _join(found, held, begin)
            begin += len(held) - _AGAIN
            held = held[-_AGAIN:]
    _join(found, held, begin)
    return [(Fraction(start, RATE), Fraction(end, RATE)) for start, end in found]


def _join(found: list[tuple[int, int]], samples: NDArray[np.float32], begin: int) -> None:
    for start, end in _spans(samples, None):
        if found and start + begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end + begin)
        else:
            found.append((start + begin, end + begin))


def speech_pieces(samples: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Speech between pauses of a quarter of a second or longer, as (start, end) samples of 16 kHz mono."""
    sleep_while_waiting()
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if not len(samples):
        return []
    options = VadOptions(min_silence_duration_ms=250, min_speech_duration_ms=100, speech_pad_ms=150)
    found: list[dict[str, Any]] = get_speech_timestamps(samples, options, sampling_rate=RATE)
    return [(int(span["start"]), min(int(span["end"]), len(samples))) for span in found]


def speech_windows(samples: NDArray[np.float32]) -> list[Window]:
    """The parts of a 16 kHz mono recording with speech, by Silero's voice activity model.

    Pauses under 2 s are kept, longer ones are removed except for 0.4 s on either side; speech without
    a pause is split at a short break before 27 s, and the next window repeats the last 2 s. Silence,
    music and noise give no windows.
    """
    windows: list[Window] = []
    held: list[tuple[int, int]] = []
    shared = 0
    for start, end in _spans(samples, (_WINDOW - _SHARED) / RATE):
        if held and sum(b - a for a, b in held) + end - start > _WINDOW:
            windows.append(_window(samples, held, shared))
            # A span that touches the previous one is a split of continuous speech.
            shared = min(_SHARED, held[-1][1] - held[-1][0]) if start <= held[-1][1] else 0
            held = []
        held.append((start, end) if held else (start - shared, end))
    if held:
        windows.append(_window(samples, held, shared))
    return windows


def _spans(samples: NDArray[np.float32], longest: float | None) -> list[tuple[int, int]]:
    sleep_while_waiting()
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if not len(samples):
        return []
    options = VadOptions(max_speech_duration_s=longest) if longest else VadOptions()
    found: list[dict[str, Any]] = get_speech_timestamps(samples, options, sampling_rate=RATE)
    return [(int(span["start"]), min(int(span["end"]), len(samples))) for span in found]


def _window(samples: NDArray[np.float32], pieces: list[tuple[int, int]], shared: int) -> Window:
    lengths = [end - start for start, end in pieces]
    offsets = tuple(int(offset) for offset in np.cumsum([0, *lengths[:-1]]))
    joined = np.concatenate([samples[start:end] for start, end in pieces])
    return Window(joined, offsets, tuple(start for start, _ in pieces), shared)
