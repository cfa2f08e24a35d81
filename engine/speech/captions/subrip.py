"""SubRip (SRT) captions. SRT has no specification and no escapes; this is the common subset of players."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from engine.errors import RequestError
from engine.speech.captions.cue import Cue, Position, plain
from engine.speech.captions.textfile import clock, moments, readable_text, written

_ARROW = "-->"
_AT_TOP = r"{\an8}"
_PLACED = re.compile(r"\{\\an([1-9])\}")
_TAG = r"/?(?:b|i|u|s|font)(?:\s[^<>]*)?>"
_FORMAT = re.compile(rf"<{_TAG}|\{{\\[^{{}}]*\}}", re.I)

# An invisible word joiner prevents text from being parsed as an arrow, a tag, an override or a time.
_JOINER = "\u2060"


def _places(joiner: str) -> re.Pattern[str]:
    more = f"{_JOINER}*"
    arrow, tag, override = (
        rf"(?<=--){joiner}(?={more}>)",
        rf"(?<=<){joiner}(?={more}{_TAG})",
        rf"(?<=\{{){joiner}(?={more}\\)",
    )
    time = rf"(?:(?<=\d:\d\d:)|(?<=\d:\d:)){joiner}(?={more}\d\d?[.,]\d)"
    return re.compile(f"{arrow}|{tag}|{override}|{time}", re.I)


_UNJOINED, _JOINED = _places(""), _places(_JOINER)


def write_srt(cues: Sequence[Cue]) -> str:
    r"""SubRip text, empty without cues. Captions at the top are marked `{\an8}`."""
    blocks = (
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n"
        f"{_AT_TOP if cue.position == 'top' else ''}{_UNJOINED.sub(_JOINER, cue.text)}\n"
        for number, cue in enumerate(written(cues), 1)
    )
    return "\n".join(blocks)


def read_srt(path: Path) -> list[Cue]:
    """Reads the captions of a SubRip file with `parse_srt`. Raises RequestError if it cannot be read or parsed."""
    return parse_srt(readable_text(path), path.name)


def parse_srt(text: str, name: str = "The captions") -> list[Cue]:
    r"""Parses captions from SubRip text with lines separated by \n; formatting tags are removed.

    Blank lines within a caption are dropped. Raises RequestError with the line number if the text is not SubRip.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    at = [n for n in range(len(lines)) if _timed(lines, n)]
    first = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    if first < len(lines) and (not at or at[0] > first + 1 or (at[0] == first + 1 and not _number(lines[first]))):
        raise RequestError(
            f"{name}, line {first + 1}: “{lines[first].strip()[:40]}” is not the number or the times of a caption.",
            "Choose a SubRip (.srt) file.",
        )
    cues: list[Cue] = []
    for here, following in pairwise([*at, len(lines) + 1]):
        start, end, _ = moments(lines[here], name, here + 1)
        said = lines[here + 1 : following]
        # The number of the next caption precedes its times, after a blank line.
        if following <= len(lines) and len(said) > 0 and _number(said[-1]):
            said = said[:-1]
        position, shown = _shown(plain("\n".join(said)))
        if shown:
            cues.append(Cue(start, end, shown, position=position))
    return cues


def _shown(text: str) -> tuple[Position, str]:
    placed = _PLACED.match(text)
    position: Position = "top" if placed and placed[1] in "789" else "bottom"
    return position, plain(_JOINED.sub("", _FORMAT.sub("", text)))


def _number(line: str) -> bool:
    return line.strip().isdecimal()


def _timed(lines: Sequence[str], n: int) -> bool:
    """Whether a line is meant as times, even if they are malformed."""
    clock, arrow, _ = lines[n].partition(_ARROW)
    numbered = n > 0 and _number(lines[n - 1]) and (n == 1 or not lines[n - 2].strip())
    return bool(arrow) and (numbered or (":" in clock and clock.lstrip()[:1].isdecimal()))
