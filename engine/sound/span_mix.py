"""Joins stretches of several recordings to one programme, with crossfades and room tone, as a stream of blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_analysis import channel_correction
from engine.sound.encode import write_float_wav
from engine.sound.room_noise import RATE, RoomNoise, faint_noise, room_noise_of
from engine.sound.track import Block, RepairCount, read_blocks

SHORTEST_FADE = 240
"""Samples of a fade at a join without a crossfade of its own, 5 ms: a step in the signal would click."""

_AT_ONCE = RATE


@dataclass(frozen=True, slots=True)
class SoundSource:
    """The sound of a recording: its file, and the stream index, None for the first track that decodes."""

    path: Path
    index: int | None = None


@dataclass(frozen=True, slots=True)
class MixSpan:
    """The samples `first` to `last` of a mix, at 48 kHz.

    They begin with sample `start` of the `source` (negative before the recording), whose clock is that of
    `read_blocks`. Without a source, and where the recording has no sound, they are the room tone of `room`; without
    `room`, faint noise. `crossfade` is the length in samples of the fade from the previous span, centred on `first`.
    """

    first: int
    last: int
    source: SoundSource | None = None
    start: int = 0
    room: SoundSource | None = None
    gain_db: float = 0.0
    crossfade: int = 0


def mix_spans(
    spans: Sequence[MixSpan],
    *,
    repaired: RepairCount | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Block]:
    """Stereo blocks (samples, 2) at 48 kHz of spans that follow each other without holes.

    Fades have equal power. Between two spans of the same recording that continue each other they have equal gain,
    because their sounds are the same. A fade is never longer than half of a span, nor shorter than `SHORTEST_FADE`
    otherwise; the first and the last samples of the mix fade in and out. Only one block is in memory at a time.
    Errors as `read_blocks`.
    """
    reader = _Reader(repaired or RepairCount(), cancelled)
    spans = [span for span in spans if span.last > span.first]
    fades = _fades(spans)
    overlap = np.zeros((0, 2), np.float32)
    for number, span in enumerate(spans):
        before, after = fades[number]
        lead, tail = fades[number + 1]
        first, last = span.first - before, span.last + tail
        rising, falling = before + after, lead + tail
        into = _curve(rising, _continues(spans[number - 1], span) if number else False)
        out = _curve(falling, _continues(span, spans[number + 1]) if number + 1 < len(spans) else False)[::-1]
        at = first
        kept = np.zeros((0, 2), np.float32)
        for block in reader.samples(span, first, last):
            made = block * _gains(at, len(block), first, into, last, out)
            shared = min(len(overlap), len(made))
            made[:shared] += overlap[:shared]
            overlap = overlap[shared:]
            at += len(made)
            made = np.concatenate([kept, made])
            done = max(0, len(made) - max(0, at - (last - falling)))
            if done:
                yield made[:done]
            kept = made[done:]
        overlap = kept
    if len(overlap):
        yield overlap


def write_mix(
    spans: Sequence[MixSpan],
    out: Path,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RepairCount:
    """Writes a mix as 32-bit float WAV, and returns the number of repaired samples. Errors as `mix_spans`."""
    repaired = RepairCount()

    def watched() -> Iterator[Block]:
        done = 0
        for block in mix_spans(spans, repaired=repaired, cancelled=cancelled):
            yield block
            done += len(block)
            if progress:
                progress(done / max(1, spans[-1].last))

    write_float_wav(watched(), out, RATE)
    return repaired


class _Reader:
    """Reads spans of recordings, and keeps the room tones of the last ones."""

    _KEPT = 4

    def __init__(self, repaired: RepairCount, cancelled: Callable[[], bool] | None) -> None:
        self._repaired, self._cancelled = repaired, cancelled
        self._tones: dict[SoundSource | None, RoomNoise] = {}

    def samples(self, span: MixSpan, first: int, last: int) -> Iterator[Block]:
        """The samples `first` to `last` of the mix by a span's source and gain, in blocks."""
        gain = np.float32(10 ** (span.gain_db / 20))
        at = first
        for block in self._recorded(span, first, last) if span.source else ():
            yield block * gain
            at += len(block)
        # Room tone follows a recording's own gain, as its noise does.
        while at < last:
            count = min(last - at, _AT_ONCE)
            yield self._tone(span).samples(at, count) * gain
            at += count

    def _recorded(self, span: MixSpan, first: int, last: int) -> Iterator[Block]:
        """The samples up to the end of the recording, whose own start and end fade to room tone."""
        assert span.source is not None
        start, end = (span.start + sample - span.first for sample in (first, last))
        missing = min(max(0, -start), end - start)
        at = first
        while missing > 0:
            count = min(missing, _AT_ONCE)
            yield self._tone(span).samples(at, count)
            at, missing = at + count, missing - count
        # A recording that starts within the span fades in over its room tone.
        rising = SHORTEST_FADE if start < 0 else 0
        start = max(0, start)
        if end <= start:
            return
        held = np.zeros((0, 2), np.float32)
        path, index = span.source.path, span.source.index
        correction = channel_correction(path, index, cancelled=self._cancelled)
        for block in read_blocks(
            path,
            index,
            rate=RATE,
            correction=correction,
            start=Fraction(start, RATE),
            end=Fraction(end, RATE),
            repaired=self._repaired,
            cancelled=self._cancelled,
        ):
            if rising:
                count = min(rising, len(block))
                block[:count] = self._over_tone(span, at + len(held), block[:count], SHORTEST_FADE - rising)
                rising -= count
            held = np.concatenate([held, block])
            if len(held) > SHORTEST_FADE:
                yield held[:-SHORTEST_FADE]
                at += len(held) - SHORTEST_FADE
                held = held[-SHORTEST_FADE:]
        if at + len(held) < last and len(held):
            held = self._over_tone(span, at, held[::-1], SHORTEST_FADE - len(held))[::-1]
        yield held

    def _over_tone(self, span: MixSpan, at: int, samples: Block, done: int) -> Block:
        """Samples that fade in over room tone; `done` samples of the fade are before them."""
        curve = _curve(SHORTEST_FADE, False)
        into, out = (part[done : done + len(samples), None] for part in (curve, curve[::-1]))
        return np.asarray(samples * into + self._tone(span).samples(at, len(samples)) * out, np.float32)

    def _tone(self, span: MixSpan) -> RoomNoise:
        room = span.source or span.room
        if room not in self._tones:
            while len(self._tones) >= self._KEPT:
                self._tones.pop(next(iter(self._tones)))
            self._tones[room] = self._measured(room) if room else faint_noise()
        return self._tones[room]

    def _measured(self, room: SoundSource) -> RoomNoise:
        correction = channel_correction(room.path, room.index, cancelled=self._cancelled)
        return room_noise_of(room.path, room.index, correction=correction, cancelled=self._cancelled)


def _fades(spans: Sequence[MixSpan]) -> list[tuple[int, int]]:
    """The samples before and after each edge that its fade takes, at most half of the spans beside it."""
    if not spans:
        return []
    whole = [span.last - span.first for span in spans]
    fades = [(0, min(SHORTEST_FADE, whole[0] // 2))]
    for (one, other), span in zip(pairwise(whole), spans[1:], strict=True):
        wanted = max(span.crossfade, SHORTEST_FADE)
        fades.append((min(wanted // 2, one // 2), min(wanted - wanted // 2, other // 2)))
    fades.append((min(SHORTEST_FADE, whole[-1] // 2), 0))
    return fades


def _continues(one: MixSpan, other: MixSpan) -> bool:
    """Whether two spans are the same recording without a jump, but for the rounding of ticks to samples."""
    return (
        one.source is not None
        and one.source == other.source
        and abs((one.start - one.first) - (other.start - other.first)) <= 1
    )


def _curve(count: int, same: bool) -> NDArray[np.float32]:
    """The gains of a fade in: of equal power, or of equal gain between the same sounds."""
    share = (np.arange(count) + 0.5) / max(count, 1)
    return (share if same else np.sin(share * np.pi / 2)).astype(np.float32)


def _gains(
    at: int, count: int, first: int, into: NDArray[np.float32], last: int, out: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The gains (count, 1) of the samples from `at` on, of a span that fades at its `first` and `last` samples."""
    gains = np.ones(count, np.float32)
    begun = at - first
    if begun < len(into):
        part = into[begun : begun + count]
        gains[: len(part)] *= part
    left = last - at - len(out)
    if left < count:
        place = max(0, left)
        part = out[max(0, -left) : max(0, -left) + count - place]
        gains[place : place + len(part)] *= part
    return gains[:, None]
