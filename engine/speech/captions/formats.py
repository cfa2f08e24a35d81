"""Caption formats by file extension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from engine.errors import RequestError
from engine.speech.captions.ass import AssStyle, write_ass
from engine.speech.captions.cue import Cue, Highlight
from engine.speech.captions.subrip import write_srt
from engine.speech.captions.ttml import write_ttml
from engine.speech.captions.webvtt import write_vtt

CaptionFormat = Literal["srt", "vtt", "ttml", "ass"]


@dataclass(frozen=True, slots=True)
class CaptionLook:
    """The look of caption files: highlighted words in WebVTT and ASS, and the style of ASS."""

    highlight: Highlight = "none"
    style: AssStyle = field(default_factory=AssStyle)


PLAIN_LOOK = CaptionLook()


def caption_format(name: str) -> CaptionFormat:
    """The format for a file name. Raises RequestError if the extension is not supported."""
    ending = name.rpartition(".")[2].lower()
    for known in get_args(CaptionFormat):
        if ending == known:
            return known  # type: ignore[no-any-return]
    raise RequestError(
        f"{name} is not a .srt, .vtt, .ttml or .ass file.", "Use the extension .srt, .vtt, .ttml or .ass."
    )


def write_captions(
    cues: Sequence[Cue], wanted: CaptionFormat, language: str = "", look: CaptionLook = PLAIN_LOOK
) -> bytes:
    """A caption file in UTF-8; `language` is a BCP 47 tag, used by TTML only."""
    match wanted:
        case "ttml":
            return write_ttml(cues, language)
        case "srt":
            return write_srt(cues).encode()
        case "vtt":
            return write_vtt(cues, look.highlight, look.style.highlight_colour).encode()
        case "ass":
            return write_ass(cues, look.style, look.highlight).encode()
