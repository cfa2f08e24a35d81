"""Composes readable captions from a transcript."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.speech.captions.cue import NETFLIX, Cue, CueWord, Style, between, columns, plain
from engine.speech.captions.graphemes import leans
from engine.speech.captions.lines import (
    SpokenWord,
    break_lines,
    line_ends,
    part_cost,
    split_word,
    text_of,
    width,
)
from engine.speech.captions.phrases import ends_sentence, may_part
from engine.speech.captions.timing import Clock, Phrase, before_end
from engine.speech.transcript import Transcript, has_space

# A silence longer than this ends a caption.
_PAUSE = Fraction(3, 5)

# If people talk at once, a caption starts at most this long after its words, in seconds.
_WAITS = Fraction(2)

# Costs of a division of speech into captions, on the scale of `parting_cost`.
_ANOTHER, _SENTENCE_WITHIN, _TOO_BRIEF, _TOO_FAST, _AFTER_BREATH = 3.0, 6.0, 25.0, 4.0, 1.5
_FROM_CUT = 12.0


@dataclass(frozen=True, slots=True)
class _Caption:
    """The words of a caption; in a dialogue, `answer` has the words of the second line."""

    words: Sequence[SpokenWord]
    answer: Sequence[SpokenWord] = ()

    @property
    def start(self) -> Fraction:
        return self.words[0].start

    @property
    def end(self) -> Fraction:
        return max(spoken[-1].end for spoken in (self.words, self.answer) if spoken)


def cues_from(
    transcript: Transcript,
    *,
    style: Style = NETFLIX,
    cuts: Sequence[Fraction] = (),
    frame: Fraction | None = None,
    end: Fraction | None = None,
) -> list[Cue]:
    """Captions that conform to a style, in order; picture `cuts` and `frame` duration are in seconds.

    Captions and lines end at sentences and pauses, otherwise at phrase boundaries. Each has one speaker, or is a
    dialogue of two short lines that start with a hyphen. No caption crosses a cut. Each starts with its words and stays
    long enough to be read if the next one or a cut allows it, so that `lint` finds only speech that is too fast. None
    ends after `end`, the recording's end in seconds (default: the transcript's duration).
    """
    language, heeded = transcript.language, style.heeded(cuts, frame)
    runs = [part for run in _runs(_spoken(transcript, style)) for part in _at_cuts(run, heeded, language, style)]
    gap = float(style.gap_at(frame))
    captions: list[_Caption] = []
    for number, run in enumerate(runs):
        then = float(runs[number + 1][0].start) if number + 1 < len(runs) else None
        captions += _captions(run, then, language, style, gap)
    captions = _dialogues(captions, heeded, style, gap)
    clock = Clock(style, heeded, frame)
    texts = [_text(caption, language, style) for caption in captions]
    spoken = [
        Phrase(start, max(caption.end, start), columns(text))
        for caption, text, start in zip(captions, texts, _starts(captions), strict=True)
    ]
    times = [clock.place(phrase, following) for phrase, following in zip(spoken, [*spoken[1:], None], strict=False)]
    last = transcript.duration if end is None else end
    if last is not None:
        times = before_end(times, last, style, heeded, frame)
    cues: list[Cue] = []
    for caption, text, (begin, until) in zip(captions, texts, times, strict=True):
        answered_by = transcript.called(caption.answer[0].speaker) if caption.answer else None
        speaker, words = transcript.called(caption.words[0].speaker), _cue_words(caption, text)
        cues.append(Cue(begin, until, text, speaker, answered_by=answered_by, words=words))
    return cues


def _starts(captions: Sequence[_Caption]) -> list[Fraction]:
    """The start of each caption: after the one before it if people talk at once, but not long after its words."""
    starts: list[Fraction] = []
    for number, caption in enumerate(captions):
        spoken = captions[number - 1].end if number else caption.start
        starts.append(max(caption.start, min(spoken, caption.start + _WAITS)))
    return starts


def _cue_words(caption: _Caption, text: str) -> tuple[CueWord, ...]:
    """The places of a caption's words in its text, which has only spaces, line ends and hyphens between them."""
    words, at = [], 0
    for spoken in (*caption.words, *caption.answer):
        first = text.index(spoken.text, at)
        at = first + len(spoken.text)
        words.append(CueWord(first, at, spoken.start, spoken.end))
    return tuple(words)


def _text(caption: _Caption, language: str, style: Style) -> str:
    if caption.answer:
        return f"-{text_of(caption.words)}\n-{text_of(caption.answer)}"
    return "\n".join(break_lines(caption.words, language, style))


def _spoken(transcript: Transcript, style: Style) -> list[SpokenWord]:
    breaths = {segment.last for segment in transcript.segments}
    languages = [segment.language for segment in transcript.segments for _ in range(segment.first, segment.last)]
    out: list[SpokenWord] = []
    previous = None
    for number, word in enumerate(transcript.words, 1):
        glued = previous is not None and not has_space(previous, word)
        previous = word
        # A corrected word may contain several words, separated by spaces; they share its time equally.
        texts = [text for text in re.split("[ \n]", plain(word.text)) if text.strip()]
        share = (word.end - word.start) / max(1, len(texts))
        for n, text in enumerate(texts):
            start = word.start + n * share
            breath = number in breaths and n + 1 == len(texts)
            language = languages[number - 1] if number <= len(languages) else None
            part = SpokenWord(text, start, start + share, word.speaker, glued and n == 0, breath, language)
            if out and _tied(out[-1], part, style):
                out[-1] = replace(out[-1], text=out[-1].text + text, end=part.end, breath=breath)
            else:
                out += split_word(part, style.line)
    return out


def _tied(before: SpokenWord, after: SpokenWord, style: Style) -> bool:
    """Whether `after` has no space before it and cannot start a line, such as a combining or closing mark."""
    tied = after.glued and (leans(after.text[0]) or not may_part(before.text, after.text))
    return tied and before.speaker == after.speaker and before.columns + after.columns <= style.line


def _runs(words: Sequence[SpokenWord]) -> list[list[SpokenWord]]:
    """Groups of words by one speaker without a pause. A word that starts before the one before it is another's."""
    runs: list[list[SpokenWord]] = []
    for word in words:
        before = runs[-1][-1] if runs else None
        if before and before.start <= word.start <= before.end + _PAUSE and word.speaker == before.speaker:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _at_cuts(run: list[SpokenWord], cuts: Sequence[Fraction], language: str, style: Style) -> list[list[SpokenWord]]:
    """Splits a run near picture cuts, except cuts close to its start or end."""
    parts: list[list[SpokenWord]] = []
    begin = run[0].start + style.near / 2
    while (cut := between(cuts, begin, run[-1].end - style.near)) is not None:
        begin = cut
        middle = bisect_left(run, 2 * cut, key=lambda word: word.start + word.end)
        first = bisect_left(run, cut - style.near, key=lambda word: word.start)
        last = bisect_right(run, cut + style.near, key=lambda word: word.start)
        near = [n for n in {middle, *range(first, last)} if 0 < n < len(run)]
        if near:
            at = min(near, key=lambda n: (_cut_cost(run[n - 1], run[n], cut, language), n))
            parts.append(run[:at])
            run = run[at:]
    return [*parts, run]


def _cut_cost(before: SpokenWord, after: SpokenWord, cut: Fraction, language: str) -> float:
    return _end_cost(before, after, language) + _FROM_CUT * float(abs(after.start - cut))


def _end_cost(before: SpokenWord, after: SpokenWord, language: str) -> float:
    cost = part_cost(before, after, language)
    return min(cost, _AFTER_BREATH) if before.breath else cost


def _captions(
    run: Sequence[SpokenWord], following: float | None, language: str, style: Style, gap: float
) -> list[_Caption]:
    """Divides a run into captions at the least total cost (dynamic programming).

    `following`: the start of the next run in seconds.
    """
    count, ends = len(run), line_ends(run)
    starts = [float(word.start) for word in run]
    begins = [*starts[1:], following if following is not None else starts[-1] + float(style.longest)]
    lasts = [float(word.end) for word in run]
    sentences = [ends_sentence(word.text) for word in run]
    costs = [*(_end_cost(run[n - 1], run[n], language) for n in range(1, count)), 0.0]
    shortest, longest, speed = float(style.shortest), float(style.longest), float(style.read_per_second)
    best: list[tuple[float, int]] = [(0.0, 0), *[(float("inf"), 0)] * count]
    for first in range(count):
        rows, begin, within = 1, first, 0
        for last in range(first + 1, count + 1):
            if width(ends, run, begin, last) > style.line:
                rows, begin = rows + 1, last - 1
            if last > first + 1 and (rows > style.lines or lasts[last - 1] - starts[first] > longest):
                break
            time = min(begins[last - 1] - gap - starts[first], longest)
            needed = width(ends, run, first, last) / speed
            cost = best[first][0] + _ANOTHER + _SENTENCE_WITHIN * within + costs[last - 1]
            cost += _TOO_BRIEF * max(0.0, 1 - time / shortest) + _TOO_FAST * max(0.0, needed - time)
            if cost < best[last][0]:
                best[last] = cost, first
            within += sentences[last - 1]
    out: list[_Caption] = []
    while count:
        out.append(_Caption(run[best[count][1] : count]))
        count = best[count][1]
    return out[::-1]


def _dialogues(captions: Sequence[_Caption], cuts: Sequence[Fraction], style: Style, gap: float) -> list[_Caption]:
    """Joins two close one-line captions of different speakers into a dialogue if either would be too short alone."""
    out: list[_Caption] = []
    for number, caption in enumerate(captions):
        following = captions[number + 1].start if number + 1 < len(captions) else None
        uncut = bool(out) and between(cuts, out[-1].start, caption.end) is None
        if uncut and _dialogue(out[-1], caption, following, style, gap):
            out[-1] = _Caption(out[-1].words, caption.words)
        else:
            out.append(caption)
    return out


def _dialogue(before: _Caption, after: _Caption, following: Fraction | None, style: Style, gap: float) -> bool:
    one, two = before.words[0].speaker, after.words[0].speaker
    if before.answer or one is None or two is None or one == two or style.lines < 2:
        return False
    close = after.start - before.end <= style.near and after.end - before.start <= style.longest
    lengths = [columns(text_of(caption.words)) + 1 for caption in (before, after)]
    times = [after.start - before.start, (following or after.start + style.longest) - after.start]
    return (
        close
        and max(lengths) <= style.line
        and any(
            float(time) - gap < max(float(style.shortest), length / float(style.read_per_second))
            for time, length in zip(times, lengths, strict=True)
        )
    )
