"""Reads the caption files that Cleanwater writes, and finds what a player could not show as it was meant."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from engine.errors import EngineError
from engine.speech.captions.lint import LintFinding

if TYPE_CHECKING:
    from engine.speech.captions.formats import CaptionFormat

_TIMES = re.compile(r"(?:(\d+):)?(\d\d):(\d\d)[.,](\d{3})\s*-->\s*(?:(\d+):)?(\d\d):(\d\d)[.,](\d{3})")
_DIALOGUE = re.compile(r"Dialogue: *[^,]*,(\d+):(\d\d):(\d\d)\.(\d\d),(\d+):(\d\d):(\d\d)\.(\d\d),(?:[^,]*,){6}(.*)")
_JOINER = "\u2060"
_SRT_MARKUP = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.I)
_VTT_MARKUP = re.compile(r"<[^<>]*>")
_ASS_MARKUP = re.compile(r"(?<!\\)\{[^{}]*\}")
_TTML = "{http://www.w3.org/ns/ttml}"


@dataclass(frozen=True, slots=True)
class FileCue:
    """A cue of a caption file: its times in seconds, its text as stored, and its text without markup.

    Lines are separated by newlines.
    """

    start: Fraction
    end: Fraction
    stored: str
    text: str


def read_caption_file(content: bytes, kind: CaptionFormat) -> list[FileCue]:
    """The cues of a caption file in their order. Raises EngineError if it is not one.

    Of ASS, an event for each word of a caption is one cue.
    """
    try:
        text = content.decode("utf-8-sig")
        return list(_READERS[kind](text))
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError) as error:
        raise EngineError(f"The caption file cannot be read: {error}.", "Deliver it again.") from error


def markup_findings(cues: Sequence[FileCue], kind: CaptionFormat) -> list[LintFinding]:
    """Empty cues, control characters, and markup that is not closed, such as that of highlighted words, by cue."""
    findings: list[LintFinding] = []
    for number, cue in enumerate(cues, 1):
        if not all(line.strip() for line in cue.text.split("\n")):
            what = "has no text" if not cue.text.strip() else "has an empty line"
            findings.append(LintFinding("empty", number, f"Cue {number} {what}.", 0, 1))
        found = [character for character in cue.text if _is_control(character)]
        if found:
            what = f"Cue {number} has a control character (U+{ord(found[0]):04X})."
            findings.append(LintFinding("characters", number, what, len(found), 0))
        if problem := _unbalanced(cue, kind):
            findings.append(LintFinding("markup", number, f"Cue {number}: {problem}.", 1, 0))
    return findings


def _is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cs")


def _unbalanced(cue: FileCue, kind: CaptionFormat) -> str:
    """What is not closed in the markup of a cue; empty if all is."""
    if kind == "ttml":
        return ""
    if kind == "ass":
        bare = _ASS_MARKUP.sub("", cue.stored)
        if re.search(r"(?<!\\)[{}]", bare):
            return "a brace is not closed"
        colours, resets = cue.stored.count(r"{\1c"), cue.stored.count(r"{\r}")
        return "" if colours == resets else "a highlighted word does not end"
    if kind == "vtt" and re.search("[<>]", _VTT_MARKUP.sub("", cue.stored)):
        return "a tag is not closed"
    names = "c|v|b|i|u" if kind == "vtt" else "b|i|u|s|font"
    opened = re.findall(rf"<({names})(?:[\s.][^<>]*)?>" if kind == "vtt" else rf"<({names})(?:\s[^<>]*)?>", cue.stored)
    closed = re.findall(rf"</({names})>", cue.stored)
    # The only voice of a cue needs no end.
    if kind == "vtt" and opened.count("v") == 1 and not closed.count("v"):
        opened.remove("v")
    return "" if sorted(opened) == sorted(closed) else "a tag is not closed"


def _timed_blocks(text: str, plain: Callable[[str], str]) -> Iterator[FileCue]:
    """The cues of SubRip and WebVTT: a line of times, then the text up to a blank line."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if times := _TIMES.match(line.strip()):
            stored: list[str] = []
            for following in lines[number + 1 :]:
                if not following.strip("\r"):
                    break
                stored.append(following.rstrip("\r"))
            raw = "\n".join(stored)
            yield FileCue(_time(*times.groups()[:4]), _time(*times.groups()[4:]), raw, plain(raw))


def _srt(text: str) -> Iterator[FileCue]:
    return _timed_blocks(text, lambda raw: _SRT_MARKUP.sub("", raw).replace(_JOINER, ""))


def _vtt(text: str) -> Iterator[FileCue]:
    if not text.startswith("WEBVTT"):
        raise ValueError("it does not start with WEBVTT")
    return _timed_blocks(text, lambda raw: html.unescape(_VTT_MARKUP.sub("", raw)))


def _ass(text: str) -> Iterator[FileCue]:
    if "[Events]" not in text:
        raise ValueError("it has no events")
    pending: FileCue | None = None
    for line in text.split("\n"):
        if (match := _DIALOGUE.match(line.rstrip("\r"))) is None:
            continue
        stored = match[9]
        plain = _ASS_MARKUP.sub("", stored).replace(r"\N", "\n").replace(r"\{", "{").replace(r"\}", "}")
        start, end = (_time(match[n], match[n + 1], match[n + 2], f"{match[n + 3]}0") for n in (1, 5))
        cue = FileCue(start, end, stored, plain.replace(_JOINER, ""))
        if pending and pending.text == cue.text and pending.end == cue.start and r"{\1c" in pending.stored + stored:
            pending = FileCue(pending.start, cue.end, pending.stored + stored, cue.text)
            continue
        if pending:
            yield pending
        pending = cue
    if pending:
        yield pending


def _ttml(text: str) -> Iterator[FileCue]:
    root = ElementTree.fromstring(text.encode())
    for paragraph in root.iter(f"{_TTML}p"):
        times = [re.fullmatch(r"(\d+):(\d\d):(\d\d)\.(\d{3})", paragraph.get(name, "")) for name in ("begin", "end")]
        if times[0] is None or times[1] is None:
            raise ValueError("a paragraph has no times")
        plain = "".join("\n" if part.tag == f"{_TTML}br" else part.text or "" for part in paragraph.iter())
        yield FileCue(_time(*times[0].groups()), _time(*times[1].groups()), plain, plain)


_READERS: dict[str, Callable[[str], Iterator[FileCue]]] = {"srt": _srt, "vtt": _vtt, "ass": _ass, "ttml": _ttml}


def _time(hours: str | None, minutes: str, seconds: str, thousandths: str) -> Fraction:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + Fraction(int(thousandths), 1000)
