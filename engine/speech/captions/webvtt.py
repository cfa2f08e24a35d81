"""WebVTT captions (W3C) with voices, positions and escapes."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from engine.errors import RequestError
from engine.speech.captions.cue import Cue, Position, plain
from engine.speech.captions.textfile import clock, moments, readable_text, written

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>")
_TAG = re.compile(r"<[^>]*>?")
# A line number from the top of the picture, or a percentage of its height below 40.
_TOP = re.compile(r"(?:^|\s)line:(?:\d+(?=[\s,]|\Z)|(?:[0-3]?\d)(?:\.\d+)?%)")


def write_vtt(cues: Sequence[Cue]) -> str:
    """WebVTT text with `&`, `<`, `>` escaped; only the header without cues. Speakers are voices (`<v Name>`)."""
    blocks = (
        f"\n{clock(cue.start, '.')} --> {clock(cue.end, '.')}{' line:0' if cue.position == 'top' else ''}\n"
        f"{_voiced(cue)}\n"
        for cue in written(cues)
    )
    return "WEBVTT\n" + "".join(blocks)


def read_vtt(path: Path) -> list[Cue]:
    """Reads the captions of a WebVTT file with `parse_vtt`. Raises RequestError if it cannot be read or parsed."""
    return parse_vtt(readable_text(path), path.name)


def parse_vtt(text: str, name: str = "The captions") -> list[Cue]:
    r"""Parses captions from WebVTT text with lines separated by \n; voices become speakers.

    Notes, styles and regions are skipped. Raises RequestError with the line number if the text is not WebVTT.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    if not re.match(r"WEBVTT(?:[ \t]|\Z)", lines[0]):
        raise RequestError(f"{name}, line 1: a WebVTT file must start with WEBVTT.", "Choose a WebVTT (.vtt) file.")
    cues: list[Cue] = []
    # Lines after the first one, up to a blank line, belong to the header.
    at = next((n for n, line in enumerate(lines) if not line or "-->" in line), len(lines))
    while at < len(lines):
        end_of_block = next((n for n in range(at, len(lines)) if not lines[n]), len(lines))
        timed = next((n for n in range(at, end_of_block) if "-->" in lines[n]), None)
        if timed is not None:
            start, end, settings = moments(lines[timed].replace("\t", " "), name, timed + 1)
            until = next((n for n in range(timed + 1, end_of_block) if "-->" in lines[n]), end_of_block)
            cues += _cue(lines[timed + 1 : until], start, end, settings)
            end_of_block = until
        elif at < end_of_block and not re.match(r"(?:NOTE|STYLE|REGION)(?:\s|\Z)", lines[at]):
            raise RequestError(f"{name}, line {at + 1}: a caption has no times.", "Write its times above its text.")
        at = max(end_of_block, at + 1)
    return cues


def _voiced(cue: Cue) -> str:
    lines = [_escaped(line) for line in cue.text.split("\n")]
    tags = [f"<v {_escaped(who)}>" if who else "" for who in (cue.speaker, cue.answered_by)]
    if cue.answered_by and len(lines) > 1:
        closed = [f"{tag}{line}{'</v>' if tag else ''}" for tag, line in zip(tags, lines, strict=False)]
        return "\n".join([*closed, *lines[2:]])
    return tags[0] + "\n".join(lines)


def _cue(said: Sequence[str], start: Fraction, end: Fraction, settings: str) -> list[Cue]:
    """The caption, or an empty list if it has no text."""
    payload = "\n".join(said)
    voices = [" ".join(html.unescape(name).split()) for name in _VOICE.findall(payload)]
    text = plain(html.unescape(_TAG.sub("", payload)))
    if not text:
        return []
    position: Position = "top" if _TOP.search(settings) else "bottom"
    others = [voice for voice in voices if voice != voices[0]]
    return [Cue(start, end, text, next(iter(voices), None), position, next(iter(others), None))]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
