"""The sides of a comparison in one file, so that a player switches between them without a gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from engine.atomic_files import make_folder, partial, write_atomic
from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError, RequestError
from engine.sound.compare import AlternatingSpan, Version, alternate, stereo_of
from engine.sound.encode import container_for, encode
from engine.sound.loudness import MONO, STEREO
from engine.sound.loudness_values import Level
from engine.sound.meter import Meter
from engine.sound.track import Block, read_blocks

_RATE = 48_000
_STEP = 16_384
# FFmpeg's names of layouts that FLAC can store, by their number of channels.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1"}


class SoundComparison(FrozenModel):
    """The contents of a file of sides. All sides are on one clock; each has its own level, mono or stereo.

    `channels` is the number of channels of each side, in the order of the file. `start` is the time of the first
    sample on the take's clock, in seconds. `lufs` is the loudness as measured; the `gains_db` make all sides as loud
    as the quietest. They are 0 if a side is silent.
    """

    names: tuple[str, ...]
    channels: tuple[int, ...]
    start: Exact
    duration: Exact
    lufs: tuple[Level, ...]
    gains_db: tuple[float, ...]

    def mix(self, side: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The gains of the file's channels for the left and the right output, to hear one side; without its gain."""
        first, count = sum(self.channels[:side]), self.channels[side]
        left = tuple(float(place == first) for place in range(sum(self.channels)))
        right = tuple(float(place == first + count - 1) for place in range(sum(self.channels)))
        return left, right


def write_comparison(
    versions: Sequence[Version],
    out: Path,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SoundComparison:
    """Writes one to three versions of a recording into a 24-bit FLAC file, and its description beside it.

    The shorter versions end with silence. Raises RequestError if the range is empty, EngineError if the file cannot
    be written, Cancelled.
    """
    sides = [stereo_of(version, start, end, cancelled) for version in versions]
    return write_sides([version.name for version in versions], sides, out, start)


def side_blocks(path: Path, comparison: SoundComparison, side: int) -> Iterator[Block]:
    """One side of a written file with its gain: (samples, 2) blocks at 48 kHz."""
    mix = np.array(comparison.mix(side), np.float32).T * np.float32(10 ** (comparison.gains_db[side] / 20))
    for block in read_blocks(path, rate=_RATE, layout="source"):
        yield block @ mix


def read_comparison(path: Path) -> SoundComparison | None:
    """The description of a written file; None if the file or its description is missing or damaged."""
    try:
        return SoundComparison.model_validate_json(_description(path).read_bytes()) if path.is_file() else None
    except (OSError, ValueError):
        return None


def write_alternating_sides(
    path: Path,
    comparison: SoundComparison,
    sides: tuple[int, int],
    out: Path,
    *,
    every: Fraction,
    replace: bool = True,
) -> tuple[AlternatingSpan, ...]:
    """Writes a WAV that alternates between two sides of a written file, and its labels; as `write_alternating`."""
    first, second = sides
    blocks = side_blocks(path, comparison, first), side_blocks(path, comparison, second)
    names = comparison.names[first], comparison.names[second]
    return alternate(names, blocks, (0.0, 0.0), out, every=every, replace=replace)


def write_side(path: Path, comparison: SoundComparison, side: int, out: Path, *, replace: bool = True) -> None:
    """Writes one side of a written file as a 24-bit WAV. Raises RequestError if `out` is not .wav."""
    container = container_for("wav", out)
    with partial(out, replace=replace) as unfinished:
        blocks = side_blocks(path, comparison, side)
        encode(blocks, unfinished, container, codec="wav", bit_rate=0, rate=_RATE, edit_list=False)


def write_sides(
    names: Sequence[str],
    sides: Sequence[Iterable[Block]],
    out: Path,
    start: Fraction,
    gains_db: Sequence[float] | None = None,
) -> SoundComparison:
    """Writes sides of 48 kHz blocks, (samples, 1 or 2) float32; errors as `write_comparison`.

    Without `gains_db`, the gains make all sides as loud as the quietest; they are 0 if a side is silent.
    """
    make_folder(out.parent)
    meters: list[Meter] = []
    samples = 0

    def joined() -> Iterator[Block]:
        nonlocal samples
        for blocks in zip_longest(*map(_even, sides)):
            length = max(len(block) for block in blocks if block is not None)
            parts = []
            for number, block in enumerate(blocks):
                if len(meters) == number:
                    meters.append(Meter(_RATE, STEREO if block is not None and block.shape[1] == 2 else MONO))
                    widths.append(1 if block is None else block.shape[1])
                if block is not None:
                    meters[number].push_loudness(block)
                    parts.append(np.pad(block, ((0, length - len(block)), (0, 0))))
                else:
                    parts.append(np.zeros((length, widths[number]), np.float32))
            samples += length
            yield np.concatenate(parts, axis=1)

    widths: list[int] = []
    try:
        with partial(out) as unfinished:
            _encode(joined(), unfinished)
            if not samples:
                raise RequestError("There is no sound in this range.", "Choose a range within the recording.")
    except av.error.FFmpegError as error:
        hint = "Check the free disk space and the folder's permissions."
        raise EngineError(f"{out} cannot be written: {error.strerror or error}.", hint) from error
    lufs = tuple(meter.integrated() for meter in meters)
    if gains_db is None:
        quietest = min(lufs) if all(map(math.isfinite, lufs)) else None
        gains_db = [0.0 if quietest is None else round(quietest - level, 2) for level in lufs]
    made = SoundComparison(
        names=tuple(names),
        channels=tuple(widths),
        start=start,
        duration=Fraction(samples, _RATE),
        lufs=lufs,
        gains_db=tuple(gains_db),
    )
    write_atomic(_description(out), made.model_dump_json().encode())
    return made


def _description(path: Path) -> Path:
    return path.with_suffix(".json")


def _even(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks in steps of `_STEP` samples; the last may be shorter."""
    rest: Block | None = None
    for block in blocks:
        rest = block if rest is None else np.concatenate([rest, block])
        while len(rest) >= _STEP:
            yield rest[:_STEP]
            rest = rest[_STEP:]
    if rest is not None and len(rest):
        yield rest


def _encode(blocks: Iterator[Block], out: Path) -> None:
    with av.open(str(out), "w", format="flac", options={"fflags": "+bitexact"}) as file:
        stream: Any = None
        position = 0
        for block in blocks:
            layout = _LAYOUTS[block.shape[1]]
            if stream is None:
                # Without `bits_per_raw_sample` the encoder writes 24 bits of 32-bit samples.
                stream = file.add_stream("flac", rate=_RATE, layout=layout, format="s32")
                stream.codec_context.flags |= av.codec.context.Flags.bitexact
            steps = np.clip(np.rint(block.astype(np.float64) * 2**23), -(2**23), 2**23 - 1).astype(np.int32) << 8
            frame = av.AudioFrame.from_ndarray(steps.reshape(1, -1), format="s32", layout=layout)
            frame.sample_rate, frame.time_base, frame.pts = _RATE, Fraction(1, _RATE), position
            position += len(block)
            file.mux(stream.encode(frame))
        if stream is not None:
            file.mux(stream.encode(None))
