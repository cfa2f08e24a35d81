"""Caption formats by file extension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from engine.errors import RequestError
from engine.speech.captions.cue import Cue
from engine.speech.captions.subrip import write_srt
from engine.speech.captions.ttml import write_ttml
from engine.speech.captions.webvtt import write_vtt

CaptionFormat = Literal["srt", "vtt", "ttml"]


def caption_format(name: str) -> CaptionFormat:
    """The format for a file name. Raises RequestError if the extension is not supported."""
    ending = name.rpartition(".")[2].lower()
    for known in get_args(CaptionFormat):
        if ending == known:
            return known  # type: ignore[no-any-return]
    raise RequestError(f"{name} is not a .srt, .vtt or .ttml file.", "Use the extension .srt, .vtt or .ttml.")


def write_captions(cues: Sequence[Cue], wanted: CaptionFormat, language: str = "") -> bytes:
    """A caption file in UTF-8; `language` is a BCP 47 tag, used by TTML only."""
    if wanted == "ttml":
        return write_ttml(cues, language)
    return (write_srt(cues) if wanted == "srt" else write_vtt(cues)).encode()
