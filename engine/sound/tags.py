"""Tags, cover and chapters of sound files: written beside unchanged packets, and read back.

M4A has iTunes' metadata items and a chapter list; MP3 has ID3v2.3 frames (APIC, CHAP, CTOC), which more players read
than ID3v2.4; WAV has a LIST of information and cue points with labels.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error
from av.stream import Disposition

from engine.errors import EngineError
from engine.sound.encode import Codec
from engine.sound.riff_tags import read_riff_tags, write_riff_tags

# Chapters of ID3 and of MP4's chapter list have no finer clock.
_UNIT = Fraction(1, 1000)
_NAMES = ("title", "artist", "album", "description", "genre")


@dataclass(frozen=True, slots=True)
class SoundTags:
    """Texts by name (`title, artist, album, description, genre`), the cover as JPEG, and chapters.

    A chapter is its start in seconds and its title.
    """

    texts: Mapping[str, str]
    cover: bytes | None = None
    chapters: tuple[tuple[Fraction, str], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (any(self.texts.values()) or self.cover or self.chapters)


def write_tagged(source: Path, target: Path, codec: Codec, tags: SoundTags, duration: Fraction) -> None:
    """Copies the sound of `source` (`duration` in seconds) to `target` with tags. A WAV file gets no cover.

    The same input gives the same bytes. Raises EngineError if the file cannot be read or written.
    """
    texts = {name: tags.texts[name] for name in _NAMES if tags.texts.get(name)}
    try:
        if codec == "wav":
            write_riff_tags(source, target, texts, tags.chapters)
        elif codec == "mp3":
            _write_mp3(source, target, texts, tags, duration)
        else:
            # FFmpeg's `ipod` writes no cover. Its only other difference is the brand.
            options = {"brand": "M4A ", "movflags": "+faststart"}
            with av.open(str(source)) as file:
                options["movie_timescale"] = str(file.streams.audio[0].rate)
            _remux(source, target, "mp4", options, texts, tags, duration)
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"The tags of {target.name} could not be written: {error}.", "Deliver it again.") from error


def read_tags(path: Path) -> SoundTags:
    """The tags of a finished file. Raises EngineError if it cannot be read."""
    try:
        if path.suffix.lower() == ".wav":
            texts, chapters = read_riff_tags(path)
            return SoundTags(texts, None, chapters)
        with av.open(os.path.abspath(path), metadata_errors="replace") as file:
            container: Any = file
            found = tuple(
                (one["start"] * Fraction(one["time_base"]), one["metadata"].get("title", ""))
                for one in container.chapters()
            )
            texts = {name: file.metadata[name] for name in _NAMES if file.metadata.get(name)}
            cover = None
            for stream in file.streams.video:
                if stream.disposition & Disposition.attached_pic:
                    cover = next(bytes(packet) for packet in file.demux(stream) if packet.size)
                    break
            return SoundTags(texts, cover, found)
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"The tags of {path.name} cannot be read: {error}.", "Deliver it again.") from error


def sound_metadata(path: Path) -> dict[str, str]:
    """All texts by FFmpeg's names, of a sound file and of its tracks. Raises EngineError if it cannot be read."""
    try:
        with av.open(os.path.abspath(path), metadata_errors="replace") as file:
            found = dict(file.metadata)
            for stream in file.streams:
                found |= stream.metadata
            return {name: value for name, value in found.items() if value}
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"The tags of {path.name} cannot be read: {error}.", "Deliver it again.") from error


def _write_mp3(source: Path, target: Path, texts: Mapping[str, str], tags: SoundTags, duration: Fraction) -> None:
    _remux(source, target, "mp3", {"id3v2_version": "3"}, texts, tags, duration)


def _remux(
    source: Path,
    target: Path,
    container: str,
    options: Mapping[str, str],
    texts: Mapping[str, str],
    tags: SoundTags,
    duration: Fraction,
) -> None:
    with (
        av.open(str(source)) as file,
        av.open(str(target), "w", format=container, options={"fflags": "+bitexact", **options}) as out,
    ):
        writer: Any = out
        sound = file.streams.audio[0]
        copied = out.add_stream_from_template(sound)
        out.metadata.update(texts)
        writer.set_chapters(_chapters(tags.chapters, duration))
        if tags.cover:
            _add_cover(out, tags.cover)
        for packet in file.demux(sound):
            if packet.size:
                packet.stream = copied
                out.mux(packet)


def _add_cover(out: Any, jpeg: bytes) -> None:
    opened: Any = av.open(BytesIO(jpeg), format="jpeg_pipe")
    with opened as image:
        picture = out.add_stream_from_template(image.streams.video[0])
        picture.disposition = Disposition.attached_pic
        for packet in image.demux(video=0):
            if packet.size:
                packet.stream = picture
                packet.pts = packet.dts = 0
                out.mux(packet)


def _chapters(chapters: tuple[tuple[Fraction, str], ...], duration: Fraction) -> list[dict[str, Any]]:
    edges = [*(int(start / _UNIT) for start, _ in chapters), int(duration / _UNIT)]
    return [
        {"id": number, "start": start, "end": max(start, end), "time_base": _UNIT, "metadata": {"title": title}}
        for number, ((_, title), (start, end)) in enumerate(zip(chapters, pairwise(edges), strict=True))
    ]
