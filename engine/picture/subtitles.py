"""Captions as a track of a movie: 3GPP timed text (mov_text, tx3g), which QuickTime and phones support."""

from __future__ import annotations

import math
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
"""(start, end, text): times in seconds; lines of text are separated by newlines."""

_UNIT = Fraction(1, 1000)
# 3GPP TS 26.245: the length of a sample has two bytes.
_LONGEST = 65_535

# Style for FFmpeg's encoder, which builds the sample description from it: white, at the bottom, 1/18 of the height.
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
    """Caption lines as a track of a movie of `duration` seconds; `language` is an ISO 639-1 code."""

    def __init__(self, lines: Sequence[CaptionLine], duration: Fraction, language: str = "und") -> None:
        self._lines, self._duration, self._language = lines, duration, language

    def join(self, movie: Any) -> Iterator[Any]:
        """Adds the track to an open MP4 or QuickTime movie and yields its packets in order."""
        stream = movie.add_stream("mov_text")
        stream.codec_context.subtitle_header = _HEADER
        stream.time_base = _UNIT
        stream.metadata["language"] = Language.get(self._language).to_alpha3()
        stream.metadata["handler_name"] = "captions"
        return self._packets(stream)

    def _packets(self, stream: Any) -> Iterator[Any]:
        # A timed text track has no gaps, so an empty sample fills each pause.
        reached = 0
        for start, end, text in self._lines:
            # Rounded down: a caption that starts after its frame would be shown a frame late.
            begin, finish = math.floor(start / _UNIT), math.floor(end / _UNIT)
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


def captions_in(movie: Path, number: int = 0) -> list[CaptionLine]:
    """The captions of a finished movie's caption track, to 1 ms. Raises EngineError if it is missing or damaged."""
    found: list[CaptionLine] = []
    try:
        with av.open(os.path.abspath(movie)) as file:
            stream: Any = file.streams.subtitles[number]
            unit = Fraction(stream.time_base)
            for packet in file.demux(stream):
                raw = bytes(packet)
                text = raw[2 : 2 + int.from_bytes(raw[:2], "big")].decode()
                if text and packet.pts is not None:
                    found.append((packet.pts * unit, (packet.pts + (packet.duration or 0)) * unit, text))
    except (av.error.FFmpegError, LookupError, UnicodeDecodeError) as error:
        raise EngineError(f"The captions in {movie.name} cannot be read: {error}.", "Deliver it again.") from error
    return found
