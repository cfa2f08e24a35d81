"""Reads a file's sound track as blocks of samples on the file's clock, in sync with the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import soxr
from numpy.typing import NDArray

from engine.demux import open_file, read_packets
from engine.errors import Cancelled, EngineError, RequestError
from engine.isobmff.track_description import descriptions
from engine.sound.channel_gains import ChannelCorrection
from engine.sound.channel_layout import ChannelLayout, channel_layout
from engine.sound.downmix import ReadLayout, mix_matrix
from engine.time import time_zero
from engine.track_choice import preference, read_flags

Block = NDArray[np.float32]

# Time stamps jitter by the container's rounding; correcting less than this would cause crackle,
# and twice this is at most half a frame at 50 frames per second.
_WOBBLE = Fraction(1, 200)
_BATCH = 32_768
_LOOKAHEAD = Fraction(1, 10)
# Demuxers that seek exactly to the requested time stamp; others are read from the start.
_EXACT_SEEK = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "wav"}
# 96 dB above full scale: larger floats are damage, not sound.
_LARGEST = 65_504.0


@dataclass(slots=True)
class RepairCount:
    """The number of invalid samples in a track: NaN, ±Inf, or above 96 dB full scale. Counted in whole packets."""

    samples: int = 0


def read_blocks(
    path: Path,
    index: int | None = None,
    *,
    rate: int = 48_000,
    layout: ReadLayout = "stereo",
    correction: ChannelCorrection | None = None,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    repaired: RepairCount | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Block]:
    """Blocks of (samples, channels) float32, full scale ±1, from `start` seconds to `end` or the last sample.

    `index` is the stream index; None selects the first sound track that decodes, in the order of
    `engine.track_choice` (enabled tracks, then default tracks). The first sample is at `start` on the take's clock
    (`time_zero`): edit lists and encoder delay are applied, a late start, gaps in the time stamps and damaged packets
    are filled with silence, overlaps are dropped. Channels are mixed by `mix_matrix`, after the `correction` from
    `channel_correction`, if given; the layout `source` gives the file's channels in the order of `channel_layout_of`.
    The sample rate is converted by soxr (HQ). NaN becomes 0 and ±Inf becomes full scale, counted in `repaired`.
    Consecutive ranges join seamlessly.

    Raises RequestError if the file has no decodable sound, EngineError if reading fails, Cancelled.
    """
    chosen = _choose(path, index)
    with open_sound(path) as container:
        stream = container.streams[chosen]
        first = round(start * rate)
        # Whole seconds are on the sample grid of every rate; one extra second warms up decoder and resampler.
        begin = max(0, int(start) - 1)
        if begin and container.format.name in _EXACT_SEEK:
            container.seek(int((begin + time_zero(container)) / stream.time_base), stream=stream)
        until = None if end is None else end + _LOOKAHEAD
        skip = first - begin * rate
        left = None if end is None else max(0, round(end * rate) - first)
        mix = _Mix(layout, _is_ambisonic(path, container, stream), correction, start, repaired or RepairCount())
        placed = _placed(path, container, stream, Fraction(begin), until, mix)
        for block in _resampled(placed, stream.codec_context.sample_rate, rate):
            if cancelled and cancelled():
                raise Cancelled(f"Reading the sound of {path.name} was cancelled.")
            passed = min(skip, len(block))
            skip -= passed
            kept = block[passed:] if left is None else block[passed : passed + left]
            if left is not None:
                left -= len(kept)
            if len(kept):
                yield kept
            if left == 0:
                return


def named_channels(path: Path, index: int | None = None) -> tuple[str, list[str]]:
    """The name of a track's layout and the FFmpeg names of its channels; raises as `read_blocks`."""
    chosen = _choose(path, index)
    with open_sound(path) as container:
        stream = container.streams[chosen]
        frame = next(_frames(container, stream))
        return _Mix("source", _is_ambisonic(path, container, stream)).channels(frame)


def channel_layout_of(path: Path, index: int | None = None) -> ChannelLayout:
    """The channels that `read_blocks` returns for `source`, and their loudness weights; raises as `read_blocks`."""
    return channel_layout(*named_channels(path, index))


def seeks_exactly(path: Path) -> bool:
    """Whether a range of the file can be read without reading everything before it."""
    with open_sound(path) as container:
        return container.format.name in _EXACT_SEEK


def duration_of(path: Path, index: int | None = None) -> Fraction | None:
    """Seconds from the take's time zero to the track's declared end; None if the file does not declare one."""
    chosen = _choose(path, index)
    with open_sound(path) as container:
        return declared_end(container, container.streams[chosen])


def open_sound(path: Path) -> Any:
    """Opens a file for reading its sound. Raises RequestError if it does not exist or cannot be read."""
    try:
        return open_file(path, {})
    except FileNotFoundError:
        raise RequestError(f"File {path} not found.", "Check the name; quote it if it has spaces.") from None
    except (av.error.FFmpegError, OSError) as error:
        raise unreadable_sound(path, error) from error


def unreadable_sound(path: Path, error: av.error.FFmpegError | OSError) -> RequestError:
    """The error for a file whose sound cannot be read."""
    return RequestError(
        f"The sound of {path.name} cannot be read ({error.strerror or error}).",
        "Check that the file plays at its source, then copy it again.",
    )


def _choose(path: Path, index: int | None) -> int:
    """The index of the stream to read. The file is closed again, because a trial changes the decoder's state."""
    with open_sound(path) as container:
        tracks = [stream for stream in container.streams if stream.type == "audio"]
        if not tracks:
            raise RequestError(f"{path.name} has no sound.", "Choose a file with a sound track.")
        wanted = tracks if index is None else [stream for stream in tracks if stream.index == index]
        places = ", ".join(str(stream.index) for stream in tracks)
        if not wanted:
            raise RequestError(f"Stream {index} of {path.name} is not a sound track.", f"Sound is in stream {places}.")
        flags = read_flags(path, container, "audio")
        for mark in preference(flags[stream.index] for stream in wanted):
            if _decodes(container, container.streams[mark.index]):
                return mark.index
    raise RequestError(
        f"The sound of {path.name} in stream {places if index is None else index} cannot be decoded: "
        "the codec is not supported, or the track is empty.",
        "Choose another sound track, or export this one as AAC or WAV on the recording device.",
    )


def _decodes(container: Any, stream: Any) -> bool:
    """Whether the stream decodes to any sound; a missing decoder is only detected by trying."""
    if stream.codec_context is None:
        return False
    try:
        container.seek(0)
        return next(_frames(container, stream), None) is not None
    except (av.error.FFmpegError, ValueError):
        return False


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    for packet in read_packets(container, stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            # Decoders raise different errors for damage; later time stamps leave a gap in its place.
            continue
        for frame in frames:
            if frame.samples:
                yield frame


def _is_ambisonic(path: Path, container: Any, stream: Any) -> bool:
    """Whether the track is ambisonic by its sample description, from which FFmpeg reads only the channel count."""
    # Ambisonics of order n has (n + 1)² channels.
    if not container.format.name.startswith("mov") or stream.codec_context.channels not in (4, 9, 16, 25):
        return False
    said = descriptions(path).get(stream.index)
    return said is not None and said.ambisonic


def declared_end(container: Any, stream: Any) -> Fraction | None:
    """The declared end of a track in seconds on the take's clock; None if the file does not declare one."""
    if stream.duration:
        end = Fraction((stream.start_time or 0) + stream.duration) * Fraction(stream.time_base)
        return end - time_zero(container)
    if not container.duration:
        return None
    # Matroska's duration counts from zero, regardless of its first packet.
    start = time_zero(container) if container.format.name.startswith("matroska") else 0
    return Fraction(container.duration, av.time_base) - start


def _placed(
    path: Path, container: Any, stream: Any, begin: Fraction, until: Fraction | None, mix: _Mix
) -> Iterator[Block]:
    """Mixed blocks at the track's sample rate, continuous from `begin` seconds on."""
    rate = stream.codec_context.sample_rate
    origin = time_zero(container)
    cursor = round(begin * rate)
    stop = None if until is None else round(until * rate)
    if container.format.name.startswith("mov"):
        # The edit list ends the sound; the last packet decodes to padding beyond it.
        declared = declared_end(container, stream)
        if declared is not None:
            stop = min(round(declared * rate), stop) if stop is not None else round(declared * rate)
    tolerance = 0
    batch: list[Block] = []
    held = 0
    try:
        for frame in _frames(container, stream):
            if frame.sample_rate != rate:
                raise EngineError(
                    f"The sound of {path.name} changes its sample rate from {rate} to {frame.sample_rate} Hz.",
                    "Convert it to one sample rate first.",
                )
            position = cursor + held if frame.pts is None else round((frame.pts * frame.time_base - origin) * rate)
            off = position - (cursor + held)
            samples = mix.mixed(frame, Fraction(position, rate))
            if abs(off) <= tolerance:
                off = 0
            if off < 0:
                samples = samples[-off:]
                if not len(samples):
                    continue
            tolerance = int(_WOBBLE * rate)
            if off > 0:
                gap = off if stop is None else min(off, stop - cursor - held)
                while gap > 0:
                    silence = np.zeros((min(gap, rate), samples.shape[1]), np.float32)
                    yield from batch
                    yield silence
                    cursor, held, batch = cursor + held + len(silence), 0, []
                    gap -= len(silence)
            if stop is not None:
                samples = samples[: max(0, stop - cursor - held)]
            batch.append(samples)
            held += len(samples)
            if held >= _BATCH:
                yield np.concatenate(batch)
                cursor, held, batch = cursor + held, 0, []
            if stop is not None and cursor + held >= stop:
                break
    except av.error.FFmpegError as error:
        raise EngineError(
            f"The sound of {path.name} cannot be read beyond {float((cursor + held) / Fraction(rate)):.1f} s "
            f"({error.strerror}).",
            "Check the disk, or copy the file again.",
        ) from error
    if held:
        yield np.concatenate(batch)


@dataclass(slots=True)
class _Mix:
    """Converts frames to (samples, outputs) float32; counts repaired samples from `start` seconds on."""

    layout: ReadLayout
    ambisonic: bool
    correction: ChannelCorrection | None = None
    start: Fraction = Fraction(0)
    repaired: RepairCount = field(default_factory=RepairCount)
    _matrices: dict[str, tuple[int, NDArray[np.float32] | None]] = field(default_factory=dict)
    _first: list[str] = field(default_factory=list)

    def channels(self, frame: Any) -> tuple[str, list[str]]:
        """The name of the frame's layout and the names of its channels."""
        name = "ambisonic" if self.ambisonic else frame.layout.name
        return name, [channel.name for channel in frame.layout.channels]

    def mixed(self, frame: Any, at: Fraction) -> Block:
        """The mixed samples of the frame at `at` seconds."""
        layout = frame.layout.name
        if layout not in self._matrices:
            name, names = self.channels(frame)
            matrix = self._matrix(name, names)
            as_it_is = len(names) == len(matrix) and np.array_equal(matrix, np.eye(len(names)))
            self._matrices[layout] = len(names), None if as_it_is else np.ascontiguousarray(matrix.T, np.float32)
        count, gains = self._matrices[layout]
        samples = self._sound(frame, count, at)
        offsets = self.correction.offsets if self.correction else ()
        if len(offsets) == count and any(offsets):
            samples = samples - np.asarray(offsets, np.float32)
        return np.ascontiguousarray(samples if gains is None else samples @ gains)

    def _matrix(self, name: str, names: list[str]) -> NDArray[np.float32]:
        """The (outputs, inputs) gains for a frame's channels."""
        correction = self.correction if self.correction and len(self.correction.channels) == len(names) else None
        if self.layout == "source":
            return self._to_source(name, names)
        if correction and self.layout == "mono":
            return np.array([correction.mono], np.float32)
        matrix = mix_matrix(name, names, self.layout)
        return matrix * np.asarray(correction.polarity, np.float32) if correction else matrix

    def _to_source(self, name: str, names: list[str]) -> NDArray[np.float32]:
        """Maps to the channels of the track's first frame: by name if the layout changes, else by the stereo mix."""
        if name.startswith("ambisonic"):
            return mix_matrix(name, names, "stereo")
        first = self._first or names
        self._first = first
        if len(first) == len(names):
            return np.eye(len(names), dtype=np.float32)
        if len(first) <= 2:
            return mix_matrix(name, names, "mono" if len(first) == 1 else "stereo")
        matrix = np.zeros((len(first), len(names)), np.float32)
        sides = mix_matrix(name, names, "stereo")
        for channel, one in enumerate(names):
            if len(names) > 1 and one in first:
                matrix[first.index(one), channel] = 1
            else:
                matrix[:2, channel] = sides[:, channel]
        return matrix

    def _sound(self, frame: Any, channels: int, at: Fraction) -> Block:
        samples: NDArray[Any] = frame.to_ndarray()
        samples = samples.T if frame.format.is_planar else samples.reshape(-1, channels)
        if samples.dtype == np.uint8:
            samples = (samples.astype(np.float32) - 128) / 128
        elif samples.dtype.kind == "i":
            # Scaling by a power of two adds no rounding error.
            samples = samples.astype(np.float32) * np.float32(-1 / np.iinfo(samples.dtype).min)
        else:
            broken = ~(np.abs(samples) <= _LARGEST)
            if broken.any():
                if at >= self.start:
                    self.repaired.samples += int(np.count_nonzero(broken))
                samples = np.where(broken, np.sign(np.nan_to_num(samples)), samples)
        return samples.astype(np.float32, copy=False)


def _resampled(blocks: Iterator[Block], source: int, rate: int) -> Iterator[Block]:
    if source == rate:
        yield from blocks
        return
    stream: Any = None
    channels = 0
    for block in blocks:
        if stream is None:
            channels = block.shape[1]
            stream = soxr.ResampleStream(source, rate, channels, dtype="float32", quality="HQ")
        yield stream.resample_chunk(block)
    if stream is not None:
        yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)
