"""The automatic cut: the best reading of each line, trimmed to speech, with the others as alternates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from engine.errors import RequestError
from engine.timeline.choice import Choice, choose
from engine.timeline.cut import SAMPLE_RATE, Alternate, Clip, Cut
from engine.timeline.edges import Edge, LevelsOf, edge_after, edge_before, nearest_tick
from engine.timeline.groups import group_takes
from engine.timeline.material import LineReadings, Reading, ShotTake, Span
from engine.timeline.media import common_format
from engine.timeline.script_lines import SAID, WrittenLine, readings_of_lines, script_lines
from engine.timeline.word_edits import ClipPart, join_parts

# Seconds that stay before the first and after the last word of a clip.
_HEAD, _TAIL = Fraction(1, 4), Fraction(2, 5)
# Points for a reading that goes on where the previous clip ends: a stumble less in another take is worth more.
_CONTINUES = 4.0
# A take with fewer words than this that match no line says nothing of its own.
_OWN_WORDS = 4
# A take with this share of its words in the script reads from it.
_SCRIPTED = 0.3
_MOST_NAME = 48


@dataclass(frozen=True)
class LeftOut:
    """A take of which nothing is in the cut, and why."""

    take: str
    label: str
    reason: str


@dataclass(frozen=True)
class Assembly:
    """An automatic cut: the choice for each clip by the clip's id, the lines nobody says, and the unused takes."""

    cut: Cut
    choices: dict[str, Choice]
    unsaid: tuple[WrittenLine, ...]
    left_out: tuple[LeftOut, ...]


@dataclass
class _Shot:
    """A clip to be: a reading, and its choice if there was one."""

    reading: Reading
    choice: Choice | None
    continues: bool = False
    span: Span | None = None


def assemble(
    name: str,
    takes: Sequence[ShotTake],
    script: str = "",
    *,
    rate: Fraction | None = None,
    canvas: tuple[int, int] | None = None,
    levels: LevelsOf | None = None,
) -> Assembly:
    """Cuts takes, given in shooting order, into a film.

    The lines of `script` lead if there is one. Takes without speech, and speech that is not in the script, follow the
    take that was shot before them. `rate` and `canvas` are the commonest ones by default. Raises RequestError if
    nothing can be used.
    """
    lines = script_lines(script)
    found = readings_of_lines(lines, takes) if lines else group_takes(takes)
    common_rate, width, height = common_format(take.media for take in takes)
    width, height = canvas or (width, height)
    unsaid = tuple(line for line, one in zip(lines, found, strict=True) if not _is_said(one)) if lines else ()
    shots = list(_scripted(found) if lines else _unscripted(found))
    if lines:
        shots = _with_others(shots, takes, found)
    cut = Cut(name, rate or common_rate, width, height)
    cut, choices = _built(cut, shots, levels)
    used = set(cut.takes)
    grouped = {reading.take.id: one for one in choices.values() for reading in one.line.readings}
    left_out = tuple(LeftOut(t.id, t.media.label, _unused(t, grouped.get(t.id))) for t in takes if t.id not in used)
    if not cut.clips:
        raise RequestError(
            "No take can be used in the cut.", "cwtui takes lists the takes; cwtui clear removes their retake verdicts."
        )
    return Assembly(cut, choices, unsaid, left_out)


def _is_said(line: LineReadings) -> bool:
    return any(one.said >= SAID * line.length and one.take.verdict != "retake" for one in line.readings)


def _scripted(lines: Sequence[LineReadings]) -> Iterator[_Shot]:
    """The chosen reading of each line of the script, in its order."""
    previous: Reading | None = None
    for line in lines:
        if not _is_said(line):
            continue
        follows = [previous is not None and _follows(previous, one) for one in line.readings]
        chosen = choose(line, bonus=[_CONTINUES * one for one in follows])
        previous = chosen.reading
        yield _Shot(previous, chosen, follows[chosen.chosen])


def _follows(one: Reading, two: Reading) -> bool:
    """Whether nothing is said in a take between two readings."""
    if one.take is not two.take or two.first < one.last or one.take.words is None:
        return False
    return not any(word.bare for word in one.take.words.words[one.last : two.first])


def _unscripted(groups: Sequence[LineReadings]) -> Iterator[_Shot]:
    """The best reading of each group, or all those that the director keeps."""
    for group in groups:
        if all(one.take.verdict == "retake" for one in group.readings):
            continue
        if group.length == 0:
            for reading in _without_words(group):
                yield from _whole(reading)
            continue
        kept = [n for n, one in enumerate(group.readings) if one.take.verdict == "keep"]
        chosen = choose(group)
        for n in kept or [chosen.chosen]:
            yield _Shot(group.readings[n], chosen if n == chosen.chosen else None)


def _without_words(group: LineReadings) -> list[Reading]:
    """The readings of a group without speech that are used: those that the director keeps, or all but retakes."""
    possible = [one for one in group.readings if one.take.verdict != "retake"]
    return [one for one in possible if one.take.verdict == "keep"] or possible


def _whole(reading: Reading) -> Iterator[_Shot]:
    """A take without speech: its kept spans, or all of it."""
    duration = int(reading.take.media.duration * SAMPLE_RATE)
    for span in reading.take.kept or ((0, duration),):
        yield _Shot(reading, None, span=span)


def _with_others(shots: list[_Shot], takes: Sequence[ShotTake], found: Sequence[LineReadings]) -> list[_Shot]:
    """Inserts the takes without a reading of the script after the take that was shot before them."""
    said = Counter[str]()
    for line in found:
        for one in line.readings:
            said[one.take.id] += one.said
    silent = group_takes([take for take in takes if not (take.words and take.words.words)])
    shown = {one.take.id for group in silent for one in _without_words(group)}
    placed = list(shots)
    before: str | None = None
    for take in takes:
        count = len(take.words.words) if take.words else 0
        used = any(shot.reading.take is take for shot in placed)
        scripted = used or (count and said[take.id] >= _SCRIPTED * count)
        if not scripted and take.verdict != "retake" and not 0 < count < _OWN_WORDS:
            at = max((n + 1 for n, shot in enumerate(placed) if shot.reading.take.id == before), default=0)
            if count:
                placed[at:at] = _unscripted(group_takes([take]))
            elif take.id in shown:
                placed[at:at] = _whole(Reading(take, 0, 0))
        if any(shot.reading.take is take for shot in placed):
            before = take.id
    for previous, shot in pairwise(placed):
        shot.continues = shot.continues and _follows(previous.reading, shot.reading)
    return placed


def _built(cut: Cut, shots: Sequence[_Shot], levels: LevelsOf | None) -> tuple[Cut, dict[str, Choice]]:
    parts = [_part(cut, str(n), shot) for n, shot in enumerate(shots, 1)]
    if not parts:
        return cut, {}
    whole = replace(cut, clips=tuple(part.clip for part in parts))
    built = join_parts(whole, parts, levels)
    return built, {clip.id: shot.choice for clip, shot in zip(built.clips, shots, strict=True) if shot.choice}


def _part(cut: Cut, number: str, shot: _Shot) -> ClipPart:
    reading, choice = shot.reading, shot.choice
    take = reading.take
    if not reading.words:
        span = shot.span or (0, int(take.media.duration * SAMPLE_RATE))
        start = nearest_tick(cut.rate, span[0])
        length = max(1, min(nearest_tick(cut.rate, span[1]), take.media.ticks(cut.rate)) - start)
        reason = "Nobody speaks in this take." if take.media.has_sound else "The take has no sound."
        if take.words is None and take.media.has_sound:
            reason = "The take has no transcript yet."
        return ClipPart(Clip(number, take.id, start, length, take.media.label, reason=reason))
    edges = _edges(reading)
    alternates = tuple(_alternates(cut, choice)) if choice else ()
    text = reading.text
    name = text if len(text) <= _MOST_NAME else f"{text[: _MOST_NAME - 1].rstrip()}…"
    reason = choice.reason if choice else "The director keeps this take too."
    clip = Clip(number, take.id, 0, take.media.ticks(cut.rate), name, alternates=alternates, reason=reason)
    return ClipPart(clip, (0, 0), *edges, continues=shot.continues)


def _edges(reading: Reading) -> tuple[Edge, Edge]:
    """The edges of a reading with its handles, within the kept span that it begins in."""
    assert reading.take.words is not None
    words, last = reading.take.words.words, reading.last - 1
    head, tail = int(_HEAD * SAMPLE_RATE), int(_TAIL * SAMPLE_RATE)
    duration = int(reading.take.media.duration * SAMPLE_RATE)
    first, end = edge_before(words, reading.first, 2 * head), edge_after(words, last, 2 * tail)
    middle = words[reading.first].middle
    low, high = next(((a, b) for a, b in reading.take.kept if a <= middle < b), (0, duration))
    return _within(first, low, duration), _within(
        end, 0, max(high, words[last].middle) if high < duration else duration
    )


def _within(edge: Edge, low: int, high: int) -> Edge:
    return Edge(*(min(max(at, low), high) for at in edge))


def _alternates(cut: Cut, choice: Choice) -> Iterator[Alternate]:
    """The other readings of a line, the best first."""
    others = [n for n in range(len(choice.measures)) if n != choice.chosen and choice.line.readings[n].words]
    for n in sorted(others, key=lambda n: -choice.measures[n].score):
        reading = choice.line.readings[n]
        edges = _edges(reading)
        start, end = (nearest_tick(cut.rate, edge.at) for edge in edges)
        end = min(end, reading.take.media.ticks(cut.rate))
        yield Alternate(reading.take.id, start, max(1, end - start), f"{reading.take.media.label} {choice.notes[n]}.")


def _unused(take: ShotTake, choice: Choice | None) -> str:
    if take.verdict == "retake":
        return "the director's retake"
    if choice:
        n = next(n for n, one in enumerate(choice.line.readings) if one.take.id == take.id)
        return f"it {choice.notes[n]}; {choice.reading.take.media.label} is used"
    if take.words and take.words.words:
        return "it says no line of the script"
    return "the director keeps another take of this shot"
