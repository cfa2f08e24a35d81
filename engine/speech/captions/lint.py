"""Whether captions keep to a style: every fault with the rule it breaks and the cue it is in."""

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
]

# Caption files know no finer time than this.
_TICK = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A fault: the rule, the cue's number from 1, what is wrong in words, and the figures (seconds, columns, a count).

    `measured` and `allowed` have the unit of the rule: columns and columns a second for text, seconds for times.
    """

    rule: Rule
    cue: int
    what: str
    measured: float
    allowed: float


def lint(
    cues: Sequence[Cue], style: Style = NETFLIX, *, cuts: Sequence[Fraction] = (), frame: Fraction | None = None
) -> list[LintFinding]:
    """What in the captions is against a style, cue by cue; a millisecond is forgiven, as files round to it.

    `cuts` of the picture and how long a `frame` lasts, in seconds. Of shots too short for any caption only the first
    one's cut counts.
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
        what = f"Cue {number} ends before it begins." if lasts < 0 else f"Cue {number} ends as it begins."
        yield LintFinding("order", number, what, float(lasts), 0)
        return
    if lasts < style.shortest - _TICK:
        what = f"Cue {number} stands for {float(lasts):.3f} s; {float(style.shortest):.3f} s is the shortest allowed."
        yield LintFinding("shortest", number, what, float(lasts), float(style.shortest))
    if lasts > style.longest + _TICK:
        what = f"Cue {number} stands for {float(lasts):.3f} s; {float(style.longest):g} s is the longest allowed."
        yield LintFinding("longest", number, what, float(lasts), float(style.longest))
    speed = columns(cue.text) / lasts
    if columns(cue.text) > (lasts + _TICK) * style.read_per_second:
        spare = _room(cue, following, cuts, style, gap)
        why = f"it could stand {float(spare):.3f} s longer" if spare > _TICK else "what follows leaves it no more time"
        what = (
            f"Cue {number} asks for {float(speed):.1f} characters a second to be read; "
            f"{float(style.read_per_second):g} are allowed, and {why}."
        )
        yield LintFinding("reading-speed", number, what, float(speed), float(style.read_per_second))
    if (cut := between(cuts, cue.start + _TICK, cue.end - _TICK)) is not None:
        what = f"Cue {number} stands across the cut at {float(cut):.3f} s."
        yield LintFinding("across-cut", number, what, float(cue.end - cut), 0)


def _room(cue: Cue, following: Cue | None, cuts: Sequence[Fraction], style: Style, gap: Fraction) -> Fraction:
    """How much longer a cue could stand."""
    ends = [cue.start + style.longest]
    if following is not None:
        ends.append(following.start - gap)
    if (cut := between(cuts, cue.start, cue.start + style.longest + gap)) is not None:
        ends.append(cut - gap)
    return min(ends) - cue.end


def _neighbour_findings(number: int, before: Cue, after: Cue, gap: Fraction) -> Iterator[LintFinding]:
    apart = after.start - before.end
    if after.start < before.start:
        what = f"Cue {number} begins before cue {number - 1}."
        yield LintFinding("order", number, what, float(after.start - before.start), 0)
    elif apart < 0:
        what = f"Cue {number} begins {float(-apart):.3f} s before cue {number - 1} has ended."
        yield LintFinding("overlap", number, what, float(-apart), 0)
    elif apart < gap - _TICK:
        what = (
            f"Cue {number} follows cue {number - 1} by {float(apart):.3f} s; {float(gap):.3f} s is the least allowed."
        )
        yield LintFinding("gap", number, what, float(apart), float(gap))
