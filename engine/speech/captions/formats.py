"""The formats that captions are written in, by the ending of the file."""

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
    """The format that a file's name asks for. RequestError where it is none of ours."""
    ending = name.rpartition(".")[2].lower()
    for known in get_args(CaptionFormat):
        if ending == known:
            return known  # type: ignore[no-any-return]
    raise RequestError(f"{name} is neither .srt, .vtt nor .ttml.", "Name the file captions.srt, captions.vtt or .ttml.")


def write_captions(cues: Sequence[Cue], wanted: CaptionFormat, language: str = "") -> bytes:
    """A caption file in UTF-8; `language` is a BCP 47 tag, which TTML tells."""
    if wanted == "ttml":
        return write_ttml(cues, language)
    return (write_srt(cues) if wanted == "srt" else write_vtt(cues)).encode()
