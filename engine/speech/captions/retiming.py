"""Retimes the words of takes to an edit of their sound, and joins them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from engine.speech.transcript import Segment, Speaker, Transcript, Word, segments

Span = tuple[Fraction, Fraction, Fraction]
"""A source range that the edit keeps: start and end in the source, and start in the edit, in seconds."""


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


def join_transcripts(parts: Sequence[Transcript], duration: Fraction) -> Transcript:
    """One transcript of the retimed words of several takes, in order of time; `duration` in seconds.

    A speaker with a name is the same in all takes. The language is that of most words. Raises ValueError without parts.
    """
    if not parts:
        raise ValueError("a transcript needs at least one part")
    speakers: dict[str, Speaker] = {}
    said: list[tuple[Segment, tuple[Word, ...]]] = []
    for number, part in enumerate(parts, 1):
        renamed: dict[str, str] = {}
        for one in part.speakers:
            renamed[one.id] = new = f"name {one.name}" if one.name else f"{number}-{one.id}"
            seconds = one.seconds + (speakers[new].seconds if new in speakers else 0)
            speakers[new] = one.model_copy(update={"id": new, "seconds": seconds})
        for segment in part.segments:
            words = tuple(_respoken(word, renamed) for word in part.words[segment.first : segment.last])
            speaker = renamed.get(segment.speaker, segment.speaker) if segment.speaker else None
            said.append((segment.model_copy(update={"speaker": speaker}), words))
    said.sort(key=lambda one: one[0].start)
    joined: list[Word] = []
    placed: list[Segment] = []
    for segment, words in said:
        first = len(joined)
        joined += words
        placed.append(segment.model_copy(update={"first": first, "last": len(joined)}))
    counts = Counter({part.language: 0 for part in parts})
    for part in parts:
        counts[part.language] += len(part.words)
    fullest = max(parts, key=lambda part: len(part.words))
    return fullest.model_copy(
        update={
            "words": tuple(joined),
            "segments": tuple(placed),
            "speakers": tuple(speakers.values()),
            "dropped": (),
            "duration": duration,
            "language": counts.most_common(1)[0][0],
        }
    )


def _respoken(word: Word, renamed: dict[str, str]) -> Word:
    speaker = renamed.get(word.speaker, word.speaker) if word.speaker else None
    return word.model_copy(update={"speaker": speaker, "also": tuple(renamed.get(one, one) for one in word.also)})
