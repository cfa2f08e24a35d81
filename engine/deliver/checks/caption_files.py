"""Reads caption files back: SubRip, WebVTT, TTML and ASS, as far as Cleanwater writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from engine.picture import CaptionLine

FILE_UNIT = Fraction(1, 100)
"""The coarsest unit of times in seconds: that of ASS."""

_TIMES = re.compile(r"(\d+:\d\d:\d\d[.,]\d+) --> (\d+:\d\d:\d\d[.,]\d+)")
_PARAGRAPH = "{http://www.w3.org/ns/ttml}p"
# Fields of an ASS event before its text.
_ASS_FIELDS = 9
_OVERRIDE = re.compile(r"(?<!\\)\{[^}]*\}")
_JOINER = "\u2060"


def read_caption_file(path: Path, kind: str) -> list[CaptionLine]:
    """The cues of a caption file: start and end in seconds, and the words without markup, one space between them.

    `kind` is srt, vtt, ttml or ass. A file that cannot be read as such has no cues.
    """
    read = {"srt": _subrip, "vtt": _webvtt, "ttml": _ttml, "ass": _ass}[kind]
    try:
        return joined(read(path.read_text("utf-8")))
    except (UnicodeDecodeError, ValueError, ElementTree.ParseError):
        return []


def joined(lines: Iterable[CaptionLine]) -> list[CaptionLine]:
    """The cues, with those as one that follow each other without a pause and have the same words.

    An ASS file whose words are coloured one after the other repeats a cue for each word.
    """
    found: list[CaptionLine] = []
    for start, end, said in lines:
        if found and found[-1][2] == said and abs(found[-1][1] - start) <= FILE_UNIT:
            found[-1] = found[-1][0], end, said
        else:
            found.append((start, end, said))
    return found


def words(text: str) -> str:
    """Text with one space between words, without the joiners that protect it from being read as markup."""
    return " ".join(text.replace(_JOINER, "").split())


def _blocks(text: str) -> Iterator[tuple[Fraction, Fraction, str]]:
    for block in text.split("\n\n"):
        if found := _TIMES.search(block):
            lines = block[found.end() :].split("\n", 1)
            yield _seconds(found[1]), _seconds(found[2]), lines[1] if len(lines) > 1 else ""


def _subrip(text: str) -> Iterator[CaptionLine]:
    for start, end, said in _blocks(text):
        yield start, end, words(said.removeprefix(r"{\an8}"))


def _webvtt(text: str) -> Iterator[CaptionLine]:
    for start, end, said in _blocks(text):
        yield start, end, words(unescape(re.sub(r"<[^>]*>", "", said)))


def _ttml(text: str) -> Iterator[CaptionLine]:
    for paragraph in ElementTree.fromstring(text).iter(_PARAGRAPH):
        said = " ".join(paragraph.itertext())
        yield _seconds(paragraph.get("begin", "")), _seconds(paragraph.get("end", "")), words(said)


def _ass(text: str) -> Iterator[CaptionLine]:
    for line in text.splitlines():
        if line.startswith("Dialogue: "):
            fields = line.removeprefix("Dialogue: ").split(",", _ASS_FIELDS)
            plain = _OVERRIDE.sub("", fields[-1]).replace(r"\N", " ").replace(r"\{", "{").replace(r"\}", "}")
            yield _seconds(fields[1]), _seconds(fields[2]), words(plain)


def _seconds(clock: str) -> Fraction:
    """Seconds of h:mm:ss.f. Raises ValueError for another form."""
    hours, minutes, seconds = clock.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
