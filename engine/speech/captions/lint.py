"""Checks captions against a style; each finding has the rule and the cue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from engine.speech.captions.cue import NETFLIX, Cue, Style, between, columns

Rule = Literal[
    "empty",
    "lines",
    "line-length",
    "shortest",
    "longest",
    "reading-speed",
    "order",
    "overlap",
    "gap",
    "across-cut",
    "characters",
    "markup",
]

# The time resolution of caption files, in seconds.
_TICK = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A finding: the rule, the cue's number from 1, a message, and the figures.

    `measured` and `allowed` are in the unit of the rule: lines, columns, columns per second, or seconds.
    """

    rule: Rule
    cue: int
    what: str
    measured: float
    allowed: float


def lint(
    cues: Sequence[Cue], style: Style = NETFLIX, *, cuts: Sequence[Fraction] = (), frame: Fraction | None = None
) -> list[LintFinding]:
    """The violations of a style, by cue; tolerates a millisecond, the resolution of caption files.

    Picture `cuts` and `frame` duration are in seconds. Cuts that follow too closely for a caption are ignored.
    """
    heeded, gap = style.heeded(cuts, frame), style.gap_at(frame)
    findings: list[LintFinding] = []
    for number, cue in enumerate(cues, 1):
        findings += _text_findings(number, cue, style)
        following = cues[number] if number < len(cues) else None
        findings += _time_findings(number, cue, following, heeded, style, gap)
    for number, (before, after) in enumerate(pairwise(cues), 2):
        findings += _neighbour_findings(number, before, after, gap)
    return sorted(findings, key=lambda finding: finding.cue)


def _text_findings(number: int, cue: Cue, style: Style) -> Iterator[LintFinding]:
    lines = cue.text.split("\n")
    if not all(line.strip() for line in lines):
        what = "has no text" if not cue.text.strip() else "has an empty line"
        yield LintFinding(
            "empty", number, f"Cue {number} {what}.", sum(bool(line.strip()) for line in lines), len(lines)
        )
    if len(lines) > style.lines:
        what = f"Cue {number} has {len(lines)} lines; {style.lines} are allowed."
        yield LintFinding("lines", number, what, len(lines), style.lines)
    for at, line in enumerate(lines, 1):
        if (wide := columns(line)) > style.line:
            what = f"Line {at} of cue {number} is {wide} columns long; {style.line} are allowed."
            yield LintFinding("line-length", number, what, wide, style.line)


def _time_findings(
    number: int, cue: Cue, following: Cue | None, cuts: Sequence[Fraction], style: Style, gap: Fraction
) -> Iterator[LintFinding]:
    lasts = cue.end - cue.start
    if lasts <= 0:
        what = f"Cue {number} ends before it starts." if lasts < 0 else f"Cue {number} has no duration."
        yield LintFinding("order", number, what, float(lasts), 0)
        return
    if lasts < style.shortest - _TICK:
        what = f"Cue {number} lasts {float(lasts):.3f} s; the minimum is {float(style.shortest):.3f} s."
        yield LintFinding("shortest", number, what, float(lasts), float(style.shortest))
    if lasts > style.longest + _TICK:
        what = f"Cue {number} lasts {float(lasts):.3f} s; the maximum is {float(style.longest):g} s."
        yield LintFinding("longest", number, what, float(lasts), float(style.longest))
    speed = columns(cue.text) / lasts
    if columns(cue.text) > (lasts + _TICK) * style.read_per_second:
        spare = _room(cue, following, cuts, style, gap)
        why = f"it could last {float(spare):.3f} s longer" if spare > _TICK else "it cannot last longer"
        what = (
            f"Cue {number} needs a reading speed of {float(speed):.1f} characters per second; "
            f"{float(style.read_per_second):g} are allowed, and {why}."
        )
        yield LintFinding("reading-speed", number, what, float(speed), float(style.read_per_second))
    if (cut := between(cuts, cue.start + _TICK, cue.end - _TICK)) is not None:
        what = f"Cue {number} crosses the cut at {float(cut):.3f} s."
        yield LintFinding("across-cut", number, what, float(cue.end - cut), 0)


def _room(cue: Cue, following: Cue | None, cuts: Sequence[Fraction], style: Style, gap: Fraction) -> Fraction:
    """The time in seconds by which a cue could be extended."""
    ends = [cue.start + style.longest]
    if following is not None:
        ends.append(following.start - gap)
    if (cut := between(cuts, cue.start, cue.start + style.longest + gap)) is not None:
        ends.append(cut - gap)
    return min(ends) - cue.end


def _neighbour_findings(number: int, before: Cue, after: Cue, gap: Fraction) -> Iterator[LintFinding]:
    apart = after.start - before.end
    if after.start < before.start:
        what = f"Cue {number} starts before cue {number - 1}."
        yield LintFinding("order", number, what, float(after.start - before.start), 0)
    elif apart < 0:
        what = f"Cue {number} starts {float(-apart):.3f} s before cue {number - 1} ends."
        yield LintFinding("overlap", number, what, float(-apart), 0)
    elif apart < gap - _TICK:
        what = (
            f"Cue {number} starts {float(apart):.3f} s after cue {number - 1} ends; the minimum is {float(gap):.3f} s."
        )
        yield LintFinding("gap", number, what, float(apart), float(gap))
