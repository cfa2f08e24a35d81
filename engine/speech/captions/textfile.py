"""Shared parts of caption formats: time codes, and text decoding without guessing the encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from engine.errors import RequestError
from engine.speech.captions.cue import Cue, plain

_TIME = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\Z", re.ASCII)


def readable_text(path: Path) -> str:
    r"""The text of a caption file with lines separated by \n. Supports UTF-8, and UTF-16 with a byte order mark.

    Raises RequestError if the file cannot be read or has another encoding.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}.", "Choose a caption file.") from error
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        what = f"byte {content[error.start]:#04x} in line {line} is not {'UTF-16' if marked else 'UTF-8'}"
        raise RequestError(f"{path.name}: {what}.", "Save the file as UTF-8.") from error
    if "\0" in text:
        raise RequestError(
            f"{path.name} contains zero bytes: it is UTF-16 without a byte order mark, or not text.",
            "Save the file as UTF-8.",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def written(cues: Sequence[Cue]) -> Iterator[Cue]:
    """The cues prepared for writing: `plain` text, whole milliseconds from 0 on; empty cues are skipped."""
    for cue in cues:
        start = max(0, round(cue.start * 1000))
        end = max(start + 1, round(cue.end * 1000))
        if text := plain(cue.text):
            yield replace(
                cue,
                start=Fraction(start, 1000),
                end=Fraction(end, 1000),
                text=text,
                speaker=_name(cue.speaker),
                answered_by=_name(cue.answered_by),
            )


def _name(who: str | None) -> str | None:
    return " ".join(plain(who or "").split()) or None


def clock(seconds: Fraction, point: str) -> str:
    """Seconds as hh:mm:ss.mmm, with `point` as the decimal separator."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{milliseconds:03d}"


def moments(line: str, name: str, number: int) -> tuple[Fraction, Fraction, str]:
    """Parses a line with two times into (start, end, rest). Raises RequestError with the line number."""
    first, _, rest = line.partition("-->")
    second, _, settings = rest.strip().partition(" ")
    start, end = _moment(first.strip(), name, number), _moment(second, name, number)
    if end < start:
        raise RequestError(f"{name}, line {number}: the caption ends before it starts.", "Fix the times in that line.")
    return start, end, settings.strip()


def _moment(text: str, name: str, number: int) -> Fraction:
    parts = _TIME.match(text)
    if parts is None or int(parts[2]) > 59 or int(parts[3]) > 59:
        raise RequestError(
            f"{name}, line {number}: “{text[:40]}” is not a time.", "Write times as 00:01:02,500 --> 00:01:04,000."
        )
    hours, minutes, seconds = int(parts[1] or 0), int(parts[2]), int(parts[3])
    return hours * 3600 + minutes * 60 + seconds + Fraction(int(parts[4]), 10 ** len(parts[4]))
