"""WebVTT captions (W3C) with voices, positions, escapes and the times of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from engine.speech.captions.cue import Cue, Highlight
from engine.speech.captions.textfile import clock, written

HIGHLIGHT_COLOUR = "#ffd84d"
"""The default colour of the words up to the current one."""


def write_vtt(cues: Sequence[Cue], highlight: Highlight = "none", colour: str = HIGHLIGHT_COLOUR) -> str:
    """WebVTT text with `&`, `<`, `>` escaped; only the header without cues. Speakers are voices (`<v Name>`).

    With a highlight, each word has its time (`<00:00:01.000>`) and a style sheet colours (#rrggbb) the words up to the
    current one; WebVTT has no selector for the current word alone.
    """
    timed = highlight != "none"
    blocks = (
        f"\n{clock(cue.start, '.')} --> {clock(cue.end, '.')}{' line:0' if cue.position == 'top' else ''}\n"
        f"{_voiced(cue, timed)}\n"
        for cue in written(cues)
    )
    style = f"\nSTYLE\n::cue(c:past) {{ color: {colour[:7]}; }}\n" if timed and cues else ""
    return f"WEBVTT\n{style}" + "".join(blocks)


def _voiced(cue: Cue, timed: bool) -> str:
    text = _timed(cue) if timed and cue.words else _escaped(cue.text)
    lines = text.split("\n")
    tags = [f"<v {_escaped(who)}>" if who else "" for who in (cue.speaker, cue.answered_by)]
    if cue.answered_by and len(lines) > 1:
        closed = [f"{tag}{line}{'</v>' if tag else ''}" for tag, line in zip(tags, lines, strict=False)]
        return "\n".join([*closed, *lines[2:]])
    return tags[0] + "\n".join(lines)


def _timed(cue: Cue) -> str:
    """The text with a timestamp before each word; a word without a time of its own follows the one before it."""
    parts, at = [], 0
    for time, first, last in _timestamps(cue):
        parts += [_escaped(cue.text[at:first]), f"<{clock(time, '.')}>" if time else ""]
        parts += [f"<c>{_escaped(cue.text[first:last])}</c>"]
        at = last
    return "".join([*parts, _escaped(cue.text[at:])])


def _timestamps(cue: Cue) -> Iterator[tuple[Fraction | None, int, int]]:
    """(time, first, last) of each word. Timestamps increase strictly and lie inside the cue (WebVTT, 4.2.2)."""
    reached = cue.start
    for word in cue.words:
        inside = reached < word.start < cue.end
        reached = word.start if inside else reached
        yield word.start if inside else None, word.first, word.last


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
