"""The lines of a script, and the takes that read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from engine.timeline.material import LineReadings, Reading, ShotTake, kept_words
from engine.timeline.stumbles import stumbles_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A longer line is read sentence by sentence.
_LONGEST_LINE = 30
# Scores of an alignment: equal and similar words; a spoken word that is not written, a written word that is not
# spoken, and a jump to another place of the script.
_SAME, _SIMILAR, _EXTRA, _SKIPPED, _JUMP = 1.0, 0.6, 0.4, 0.5, 3.0
_LIKENESS = 80
# Words that are aligned at once, so that memory does not grow with the length of a take.
_AT_ONCE = 1500
# A reading has at least this share of a line's words.
_LEAST = 0.2
# One that does not begin as the line does is a reading of it if it has this share of the words; a false start has so
# many words.
_PART, _FALSE_START = 0.4, 3
# A line is said if a reading has this share of its words.
SAID = 0.5


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of the script, or a sentence of a long line, with its words."""

    number: int
    text: str
    words: tuple[str, ...]


def script_lines(script: str) -> list[WrittenLine]:
    """The spoken lines of a script. Headings (#) and directions in brackets are not spoken."""
    lines: list[WrittenLine] = []
    for text in script.splitlines():
        spoken = re.sub(r"\[[^\]]*\]|\([^)]*\)", " ", text).strip()
        if not spoken or spoken.startswith("#"):
            continue
        for part in _sentences(spoken) if len(spoken.split()) > _LONGEST_LINE else [spoken]:
            words = tuple(bare for word in part.split() if (bare := re.sub(r"\W", "", word.casefold())))
            if words:
                lines.append(WrittenLine(len(lines) + 1, " ".join(part.split()), words))
    return lines


def readings_of_lines(lines: Sequence[WrittenLine], takes: Sequence[ShotTake]) -> list[LineReadings]:
    """The readings of each line, in the order of the script; a line that nobody said has none."""
    found: list[list[Reading]] = [[] for _ in lines]
    for take in takes:
        for line, reading in _readings(lines, take):
            found[line].append(reading)
    return [
        LineReadings(tuple(readings), line.text, len(line.words), line.number, "the line of the script")
        for line, readings in zip(lines, found, strict=True)
    ]


def _readings(lines: Sequence[WrittenLine], take: ShotTake) -> Iterator[tuple[int, Reading]]:
    """The readings in a take, with the indices of their lines. A place that goes back begins another reading."""
    if take.words is None or not lines:
        return
    numbers = kept_words(take)
    written = [word for line in lines for word in line.words]
    starts = list(accumulate((len(line.words) for line in lines), initial=0))
    line_of = [n for n, line in enumerate(lines) for _ in line.words]
    said = [take.words.words[n].bare for n in numbers]
    places = [place for n in range(0, len(said), _AT_ONCE) for place in _aligned(said[n : n + _AT_ONCE], written)]
    part: list[tuple[int, int]] = []
    for number, place in zip(numbers, places, strict=True):
        if place is None:
            continue
        if part and (line_of[place] != line_of[part[-1][1]] or _begins_again(place, part, starts[line_of[place]])):
            yield from _reading(lines, take, line_of[part[0][1]], part)
            part = []
        part.append((number, place))
    if part:
        yield from _reading(lines, take, line_of[part[0][1]], part)


def _begins_again(place: int, part: Sequence[tuple[int, int]], start: int) -> bool:
    """Whether a line is read again from its beginning, and not only from some words before."""
    return place <= part[-1][1] and place <= start + 1 < max(where for _, where in part)


def _reading(
    lines: Sequence[WrittenLine], take: ShotTake, line: int, part: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Reading]]:
    """The reading of the words of a part, unless they are too few, or fewer than the words of the speaker's own."""
    assert take.words is not None
    first, last = part[0][0], part[-1][0] + 1
    said = len({place for _, place in part})
    if said >= max(1, _LEAST * len(lines[line].words)):
        stumbles = {first + n for one in stumbles_in(take.words, first, last) for n in range(one.first, one.last)}
        words = {n for n in range(first, last) if take.words.words[n].bare}
        added = len(words - stumbles - {number for number, _ in part})
        start = sum(len(one.words) for one in lines[:line])
        begins = said >= _FALSE_START and part[0][1] == start
        if added <= said // 2 + 1 and (begins or said >= _PART * len(lines[line].words)):
            yield line, Reading(take, first, last, said, added)


def _aligned(said: Sequence[str], written: Sequence[str]) -> list[int | None]:
    """The index of the written word for each spoken one, or None, by the best path (Viterbi) through the script."""
    import numpy as np

    scores = _similarities(said, written)
    count = len(written)
    costs = _SKIPPED * np.arange(count + 1)
    # Place n: the first n written words are behind. A spoken word may begin anywhere.
    row = np.zeros(count + 1)
    came = np.empty((len(said), count + 1), np.int32)
    indices = np.arange(count + 1, dtype=np.int32)
    for n, similar in enumerate(scores):
        ahead = row + costs
        best = np.maximum.accumulate(ahead)
        origin = np.maximum.accumulate(np.where(ahead == best, indices, 0))
        reached, jump = (best - costs)[:-1], float(row.max()) - _JUMP
        jumps = reached < jump
        matched = np.where(similar > 0, np.maximum(reached, jump) + similar, -np.inf)
        stays = row - _EXTRA
        came[n, 0] = -1
        came[n, 1:] = np.where(matched > stays[1:], np.where(jumps, int(row.argmax()), origin[:-1]), -1)
        row = stays
        row[1:] = np.maximum(matched, stays[1:])
    places: list[int | None] = []
    at = int(row.argmax())
    for n in range(len(said) - 1, -1, -1):
        if came[n, at] < 0:
            places.append(None)
        else:
            places.append(at - 1)
            at = int(came[n, at])
    return places[::-1]


def _similarities(said: Sequence[str], written: Sequence[str]) -> NDArray[Any]:
    """The score of each spoken word (row) with each written word (column); 0 for different words."""
    import numpy as np
    from rapidfuzz import fuzz, process

    spoken, known = list(dict.fromkeys(said)), list(dict.fromkeys(written))
    likeness = process.cdist(spoken, known, scorer=fuzz.ratio, score_cutoff=_LIKENESS, dtype=np.uint8)
    table = np.where(likeness == 100, _SAME, np.where(likeness > 0, _SIMILAR, 0.0))
    rows, columns = {word: n for n, word in enumerate(spoken)}, {word: n for n, word in enumerate(known)}
    return table[[rows[word] for word in said]][:, [columns[word] for word in written]]


def _sentences(text: str) -> list[str]:
    from engine.speech import ends_sentence

    words = text.split()
    ends = [n + 1 for n, word in enumerate(words) if ends_sentence(word)]
    borders = list(accumulate([0, *ends, len(words)], max))
    return [" ".join(words[a:b]) for a, b in pairwise(borders) if b > a]
