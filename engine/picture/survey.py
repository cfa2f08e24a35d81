"""A finished movie is read to its last frame, to say what it really is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error

from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class SoundSurvey:
    """A sound track as found: `bit_rate` in bits a second, `end` in seconds."""

    codec: str
    profile: str
    sample_rate: int
    channels: int
    bit_rate: int
    end: Fraction


@dataclass(frozen=True, slots=True)
class MovieSurvey:
    """A movie as found.

    `frames` is the number that decoded; `longest_gop` the most frames between key frames, `closed`
    whether no frame is shown before a key frame it follows; `tags` H.273 (primaries, transfer,
    matrix); `bits` of picture in all; `start` the first frame's time; `metadata` what the file says
    of itself.
    """

    codec: str
    tag: str
    pixel_format: str
    width: int
    height: int
    rate: Fraction
    frames: int
    start: Fraction
    longest_gop: int
    closed: bool
    tags: tuple[int, int, int]
    full_range: bool
    bits: int
    sound: SoundSurvey | None
    metadata: dict[str, str]


def survey_movie(path: Path) -> MovieSurvey:
    """Decodes every frame of a finished movie. EngineError where it does not play."""
    try:
        with av.open(str(path)) as movie:
            return _survey(movie)
    except (av.error.FFmpegError, ValueError) as error:
        raise EngineError(f"{path.name} does not play: {error}.", "Deliver it again.") from error


def _survey(movie: Any) -> MovieSurvey:
    video = movie.streams.video[0]
    video.thread_type = "AUTO"
    audio = movie.streams.audio[0] if movie.streams.audio else None
    frames = bits = sound_bits = 0
    times: list[int] = []
    keys: list[int] = []
    late = False
    sound_end = Fraction(0)
    first = None
    for packet in movie.demux():
        if packet.size and packet.stream is audio:
            sound_bits += packet.size * 8
            sound_end = max(sound_end, (packet.pts + packet.duration) * Fraction(packet.time_base))
        if packet.stream is not video:
            continue
        if packet.size:
            bits += packet.size * 8
            times.append(packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
            late = late or (bool(keys) and packet.pts < keys[-1])
        for frame in packet.decode():
            frames += 1
            first = frame if first is None else first
    if first is None:
        raise ValueError("no frame of it decodes")
    order = {pts: number for number, pts in enumerate(sorted(times))}
    steps = [*(order[key] for key in keys), len(times)]
    context = video.codec_context
    return MovieSurvey(
        codec=context.name,
        tag=context.codec_tag,
        pixel_format=first.format.name,
        width=first.width,
        height=first.height,
        rate=Fraction(video.average_rate),
        frames=frames,
        start=min(times) * Fraction(video.time_base),
        longest_gop=max(later - earlier for earlier, later in pairwise(steps)),
        closed=not late,
        tags=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
        full_range=int(context.color_range) == 2,
        bits=bits,
        sound=_sound(audio, sound_bits, sound_end) if audio else None,
        metadata={**movie.metadata, **video.metadata},
    )


def _sound(stream: Any, bits: int, end: Fraction) -> SoundSurvey:
    context = stream.codec_context
    return SoundSurvey(
        codec=context.name,
        profile=context.profile or "",
        sample_rate=context.sample_rate,
        channels=context.channels,
        bit_rate=int(bits / end) if end else 0,
        end=end,
    )
