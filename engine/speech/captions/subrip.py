"""SubRip (SRT) captions. SRT has no specification and no escapes; this is the common subset of players."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.speech.captions.cue import Cue
from engine.speech.captions.textfile import clock, written

_AT_TOP = r"{\an8}"

# An invisible word joiner prevents text from being parsed as an arrow, a tag, an override or a time.
_JOINER = "\u2060"
_JOINED = f"{_JOINER}*"
_ARROW = rf"(?<=--)(?={_JOINED}>)"
_TAG = rf"(?<=<)(?={_JOINED}/?(?:b|i|u|s|font)(?:\s[^<>]*)?>)"
_OVERRIDE = rf"(?<=\{{)(?={_JOINED}\\)"
_TIME = rf"(?:(?<=\d:\d\d:)|(?<=\d:\d:))(?={_JOINED}\d\d?[.,]\d)"
_SYNTAX = re.compile(f"{_ARROW}|{_TAG}|{_OVERRIDE}|{_TIME}", re.I)


def write_srt(cues: Sequence[Cue]) -> str:
    r"""SubRip text, empty without cues. Captions at the top are marked `{\an8}`."""
    blocks = (
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n"
        f"{_AT_TOP if cue.position == 'top' else ''}{_SYNTAX.sub(_JOINER, cue.text)}\n"
        for number, cue in enumerate(written(cues), 1)
    )
    return "\n".join(blocks)
