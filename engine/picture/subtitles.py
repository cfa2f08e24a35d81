"""Captions as a track of the movie itself: 3GPP timed text (mov_text, tx3g), which QuickTime and phones show."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from langcodes import Language

from engine.errors import EngineError

CaptionLine = tuple[Fraction, Fraction, str]
"""From when to when, in seconds, what is to be read; lines are parted by a newline."""

_UNIT = Fraction(1, 1000)
# 3GPP TS 26.245: a sample's length is told in two bytes.
_LONGEST = 65_535

# The style of the track, from which FFmpeg's encoder makes the sample description: white, below, a 18th of the height.
_HEADER = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Sans-Serif,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


class CaptionTrack:
    """Lines as a track of a movie of `duration` seconds, in a language by its ISO 639-1 code."""

    def __init__(self, lines: Sequence[CaptionLine], duration: Fraction, language: str = "und") -> None:
        self._lines, self._duration, self._language = lines, duration, language

    def join(self, movie: Any) -> Iterator[Any]:
        """Adds the track to an open MP4 or QuickTime movie, and gives its packets as they come."""
        stream = movie.add_stream("mov_text")
        stream.codec_context.subtitle_header = _HEADER
        stream.time_base = _UNIT
        stream.metadata["language"] = Language.get(self._language).to_alpha3()
        stream.metadata["handler_name"] = "captions"
        return self._packets(stream)

    def _packets(self, stream: Any) -> Iterator[Any]:
        # A track of timed text has no holes: where nothing is to be read, an empty sample says so.
        reached = 0
        for start, end, text in self._lines:
            begin, finish = round(start / _UNIT), round(end / _UNIT)
            if begin > reached:
                yield _packet(stream, reached, begin, "")
            yield _packet(stream, begin, finish, text)
            reached = finish
        whole = round(self._duration / _UNIT)
        if whole > reached:
            yield _packet(stream, reached, whole, "")


def _packet(stream: Any, begin: int, finish: int, text: str) -> Any:
    said = text.encode()[:_LONGEST].decode(errors="ignore").encode()
    packet: Any = av.Packet(len(said).to_bytes(2, "big") + said)
    packet.stream, packet.time_base, packet.is_keyframe = stream, _UNIT, True
    packet.pts = packet.dts = begin
    packet.duration = finish - begin
    return packet


def captions_in(movie: Path) -> list[CaptionLine]:
    """What a finished movie's caption track says, to a millisecond. EngineError where it has none or is broken."""
    found: list[CaptionLine] = []
    try:
        with av.open(os.path.abspath(movie)) as file:
            stream: Any = file.streams.subtitles[0]
            unit = Fraction(stream.time_base)
            for packet in file.demux(stream):
                raw = bytes(packet)
                text = raw[2 : 2 + int.from_bytes(raw[:2], "big")].decode()
                if text and packet.pts is not None:
                    found.append((packet.pts * unit, (packet.pts + (packet.duration or 0)) * unit, text))
    except (av.error.FFmpegError, LookupError, UnicodeDecodeError) as error:
        raise EngineError(f"{movie.name} does not hold its captions: {error}.", "Deliver it again.") from error
    return found
