"""Retimes captions and words of a take to an edit of its picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from engine.speech.captions.cue import Cue
from engine.speech.transcript import Transcript, segments

Span = tuple[Fraction, Fraction, Fraction]
"""A source range that the edit keeps: start and end in the source, and start in the edit, in seconds."""

# A caption shorter than this after the edit (two frames) is removed.
_NOTHING = Fraction(1, 12)


def retime_cues(cues: Sequence[Cue], spans: Sequence[Span]) -> list[Cue]:
    """The captions on the edit's clock, in order and without overlap.

    A caption is clipped to the kept ranges, and removed if nothing remains. Adjacent parts of one caption are joined;
    a range that is kept twice is shown twice. The text stays complete: if words were cut out of a caption, compose
    captions from `retime_transcript` instead.
    """
    parts = sorted(
        (part for number, cue in enumerate(cues) for part in _parts(number, cue, spans)),
        key=lambda part: (part[1].start, part[0]),
    )
    out: list[tuple[int, Cue]] = []
    for number, cue in parts:
        if out and out[-1][0] == number and cue.start <= out[-1][1].end:
            out[-1] = number, _joined(out[-1][1], cue)
            continue
        if out and out[-1][1].end > cue.start:
            out[-1] = out[-1][0], out[-1][1].clipped(out[-1][1].start, cue.start, Fraction(0))
        out.append((number, cue))
    return [cue for _, cue in out if cue.end - cue.start >= _NOTHING]


def _joined(first: Cue, second: Cue) -> Cue:
    """Two adjacent parts of one caption; the words of each are at its edges in the other."""
    words = tuple(
        replace(
            one,
            start=one.start if one.start < first.end else other.start,
            end=other.end if other.end > second.start else one.end,
        )
        for one, other in zip(first.words, second.words, strict=True)
    )
    return replace(first, end=max(first.end, second.end), words=words)


def _parts(number: int, cue: Cue, spans: Sequence[Span]) -> list[tuple[int, Cue]]:
    parts = []
    for begin, end, target in spans:
        start, until = max(cue.start, begin), min(cue.end, end)
        if start < until:
            parts.append((number, cue.clipped(start, until, target - begin)))
    return parts


def retime_transcript(transcript: Transcript, spans: Sequence[Span]) -> Transcript:
    """The words that an edit keeps, on its clock; a word is kept if its middle is. Clears `dropped`."""
    moved = []
    breaths = {
        n: number for number, segment in enumerate(transcript.segments) for n in range(segment.first, segment.last)
    }
    for place, (begin, end, target) in enumerate(sorted(spans, key=lambda span: span[2])):
        for n, word in enumerate(transcript.words):
            if begin <= (word.start + word.end) / 2 < end:
                clipped = {"start": max(word.start, begin) - begin + target, "end": min(word.end, end) - begin + target}
                moved.append((place, breaths.get(n, 0), word.model_copy(update=clipped)))
    words = tuple(word for *_, word in moved)
    order = [(place, breath) for place, breath, _ in moved]
    numbers = {stretch: n for n, stretch in enumerate(dict.fromkeys(order))}
    languages = {n: transcript.segment_languages.get(breath) for (_, breath), n in numbers.items()}
    kept = segments(words, [numbers[stretch] for stretch in order], languages) if words else ()
    length = max((target + end - begin for begin, end, target in spans), default=Fraction(0))
    return transcript.model_copy(update={"words": words, "segments": kept, "dropped": (), "duration": length})


def join_segments(parts: Sequence[Transcript], duration: Fraction) -> Transcript:
    """One transcript of parts on one clock, in their order, as that of a recording of `duration` seconds.

    It has the facts of the first part, and the language of most of the words.
    """
    words = tuple(word for part in parts for word in part.words)
    order = [(number, breath) for number, part in enumerate(parts) for breath in part.breaths]
    numbers = {stretch: n for n, stretch in enumerate(dict.fromkeys(order))}
    languages = {n: parts[part].segment_languages.get(breath) for (part, breath), n in numbers.items()}
    kept = segments(words, [numbers[stretch] for stretch in order], languages) if words else ()
    spoken = Counter({part.language: 0 for part in parts})
    for part in parts:
        spoken[part.language] += len(part.words)
    update = {"words": words, "segments": kept, "dropped": (), "duration": duration, "speakers": (), "diarized": None}
    return parts[0].model_copy(update={**update, "language": spoken.most_common(1)[0][0]})
