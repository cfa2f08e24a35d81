"""WebVTT captions (W3C) with voices, positions and escapes."""

from __future__ import annotations

from collections.abc import Sequence

from engine.speech.captions.cue import Cue
from engine.speech.captions.textfile import clock, written


def write_vtt(cues: Sequence[Cue]) -> str:
    """WebVTT text with `&`, `<`, `>` escaped; only the header without cues. Speakers are voices (`<v Name>`)."""
    blocks = (
        f"\n{clock(cue.start, '.')} --> {clock(cue.end, '.')}{' line:0' if cue.position == 'top' else ''}\n"
        f"{_voiced(cue)}\n"
        for cue in written(cues)
    )
    return "WEBVTT\n" + "".join(blocks)


def _voiced(cue: Cue) -> str:
    lines = [_escaped(line) for line in cue.text.split("\n")]
    tags = [f"<v {_escaped(who)}>" if who else "" for who in (cue.speaker, cue.answered_by)]
    if cue.answered_by and len(lines) > 1:
        closed = [f"{tag}{line}{'</v>' if tag else ''}" for tag, line in zip(tags, lines, strict=False)]
        return "\n".join([*closed, *lines[2:]])
    return tags[0] + "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
