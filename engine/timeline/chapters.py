"""The chapters of a cut: its chapter markers, proposals from the words, and YouTube's rules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from statistics import median

from engine.errors import RequestError
from engine.timeline.cut import SAMPLE_RATE, Cut, CutMarker
from engine.timeline.markers import placed_markers
from engine.timeline.spoken import CutWord, TakeWords, words_of

YOUTUBE_LEAST, YOUTUBE_SHORTEST = 3, 10
"""YouTube shows chapters if there are at least 3, each at least 10 s long, the first at 0:00 (support page 9884579)."""

# Words on either side of a border whose vocabulary is compared, and the shortest chapter by default in seconds.
_BLOCK, _SHORTEST = 60, 30
_MOST_CHAPTERS = 12
_SHORT_WORD = 4
_TITLE_WORDS = 3
# The weight of a pause of a second more than usual, beside a complete change of vocabulary.
_PAUSE_WEIGHT = 0.15


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter begins at a tick of the cut."""

    tick: int
    title: str


def chapters_of(cut: Cut) -> list[Chapter]:
    """The chapters in order, from the chapter markers that the cut shows; of several at one tick, the last."""
    titles = {one.tick: one.marker.label for one in placed_markers(cut) if one.marker.kind == "chapter"}
    return [Chapter(tick, title) for tick, title in titles.items()]


def propose_chapters(cut: Cut, spoken: Mapping[str, TakeWords], shortest: Fraction | None = None) -> list[Chapter]:
    """Chapters where the vocabulary changes most, at the ends of sentences, preferably after a pause.

    Each lasts at least `shortest` seconds (30, or a thirtieth of the cut if that is longer). The first begins at 0. A
    title is made of the words that are special to its chapter. Raises RequestError if the cut has no words.
    """
    words = words_of(cut, spoken)
    if not words:
        raise RequestError(f"“{cut.name}” has no words.", "Transcribe its takes first: cwtui transcribe")
    least = shortest or max(Fraction(_SHORTEST), cut.duration / 30)
    borders = [0, *_borders(cut, words, least), len(words)]
    parts = [words[a:b] for a, b in pairwise(borders)]
    titles = _titles(parts)
    ticks = [0, *(_border_tick(cut, words, n) for n in borders[1:-1])]
    return [Chapter(tick, title) for tick, title in zip(ticks, titles, strict=True)]


def with_chapters(cut: Cut, chapters: Sequence[Chapter]) -> Cut:
    """The cut with these chapters instead of its own."""
    clips = [replace(one, markers=tuple(m for m in one.markers if m.kind != "chapter")) for one in cut.clips]
    for chapter in chapters:
        index, at = cut.at(min(max(chapter.tick, 0), cut.length - 1))
        clip = clips[index]
        clips[index] = replace(clip, markers=(*clip.markers, CutMarker(at, chapter.title, "chapter")))
    return replace(cut, clips=tuple(clips))


def youtube_problems(cut: Cut, chapters: Sequence[Chapter]) -> list[str]:
    """Why YouTube would not show the chapters: a sentence each, none if it does."""
    problems = []
    if len(chapters) < YOUTUBE_LEAST:
        problems.append(f"YouTube needs at least {YOUTUBE_LEAST} chapters; this cut has {len(chapters)}.")
    if chapters and chapters[0].tick != 0:
        problems.append("The first chapter does not begin at 0:00.")
    ends = [*(one.tick for one in chapters), cut.length][1:]
    for number, (one, end) in enumerate(zip(chapters, ends, strict=True), 1):
        length = (end - one.tick) / cut.rate
        if length < YOUTUBE_SHORTEST:
            problems.append(
                f"Chapter {number} “{one.title}” is {float(length):.1f} s long; YouTube needs {YOUTUBE_SHORTEST} s."
            )
        if not one.title.strip():
            problems.append(f"Chapter {number} has no title.")
    return problems


def chapter_text(cut: Cut, chapters: Sequence[Chapter]) -> str:
    """The chapters as text for a description: a line each, with its time (0:00, or 0:00:00 from an hour on)."""
    hours = cut.duration >= 3600
    return "".join(f"{_clock(one.tick / cut.rate, hours)} {one.title}\n" for one in chapters)


def _borders(cut: Cut, words: Sequence[CutWord], least: Fraction) -> list[int]:
    """The numbers of the words with which chapters begin, by the greatest change of vocabulary first."""
    terms = [_term(word) for word in words]
    pauses = [max(0, two.start - one.end) for one, two in pairwise(words)]
    usual = median(pauses) if pauses else 0
    scores: list[tuple[float, int]] = []
    for n in range(1, len(words)):
        if not (words[n - 1].word.ends_sentence or words[n - 1].clip != words[n].clip):
            continue
        before = Counter(term for term in terms[max(0, n - _BLOCK) : n] if term)
        after = Counter(term for term in terms[n : n + _BLOCK] if term)
        pause = min(2.0, (pauses[n - 1] - usual) / SAMPLE_RATE)
        scores.append((1 - _cosine(before, after) + _PAUSE_WEIGHT * pause, n))
    average = sum(score for score, _ in scores) / len(scores) if scores else 0.0
    shortest, end = least * SAMPLE_RATE, cut.sample(cut.length)
    chosen: list[int] = []
    for score, n in sorted(scores, key=lambda one: (-one[0], one[1])):
        at = words[n].start
        apart = [abs(words[other].start - at) for other in chosen]
        if score > average and min([at, end - at, *apart]) >= shortest:
            chosen.append(n)
        if len(chosen) == _MOST_CHAPTERS - 1:
            break
    return sorted(chosen)


def _border_tick(cut: Cut, words: Sequence[CutWord], number: int) -> int:
    """The tick at which a chapter begins: of its clip if the clip begins with it, else shortly before its word."""
    word = words[number]
    if words[number - 1].clip != word.clip:
        return cut.positions[word.clip]
    at = max((words[number - 1].end + word.start) // 2, word.start - SAMPLE_RATE // 4)
    return int(at * cut.rate / SAMPLE_RATE)


def _titles(parts: Sequence[Sequence[CutWord]]) -> Iterator[str]:
    """The most special words of each part, by their frequency in it and in the others, in the order of the speech."""
    counts = [Counter(term for word in part if (term := _term(word))) for part in parts]
    appears = Counter(term for one in counts for term in one)
    for number, (part, count) in enumerate(zip(parts, counts, strict=True), 1):
        weights = {term: n * math.log(1 + len(parts) / appears[term]) * len(term) ** 0.5 for term, n in count.items()}
        best = sorted(weights, key=lambda term: (-weights[term], term))[:_TITLE_WORDS]
        texts = {_term(word): word.text.strip('.,;:!?…"“”') for word in reversed(part)}
        ordered = [texts[term] for term in count if term in best]
        title = ", ".join(ordered)
        yield title[:1].upper() + title[1:] if title else f"Chapter {number}"


def _term(word: CutWord) -> str:
    """A word of the content, without a plural; empty for short and for function words."""
    from engine.speech import is_function_word

    bare = word.word.bare
    if len(bare) < _SHORT_WORD or is_function_word(bare, "en") or bare in _COMMON:
        return ""
    return bare[:-1] if bare.endswith("s") and not bare.endswith("ss") else bare


_COMMON = frozenset(
    [
        *(
            "have",
            "been",
            "were",
            "will",
            "would",
            "could",
            "should",
            "about",
            "just",
            "really",
            "very",
            "much",
            "many",
        ),
        *("many", "some", "them", "then", "than", "there", "here", "what", "when", "because", "only", "also", "even"),
        *(
            "still",
            "more",
            "most",
            "over",
            "into",
            "going",
            "want",
            "know",
            "think",
            "like",
            "right",
            "well",
            "okay",
            "make",
        ),
        *("made", "said", "says", "come", "came", "back", "same", "such", "does", "done", "something", "from", "with"),
    ]
)


def _cosine(one: Counter[str], two: Counter[str]) -> float:
    product = sum(count * two[term] for term, count in one.items())
    norms = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in two.values()))
    return product / norms if norms else 0.0


def _clock(seconds: Fraction, hours: bool) -> str:
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    if not hours:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
