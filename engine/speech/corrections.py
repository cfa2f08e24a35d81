"""What a person corrected: laid over whatever a model heard, so that it outlives the next hearing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal

from pydantic import Field

from engine.catalog import Exact, FrozenModel
from engine.errors import RequestError
from engine.speech.spacing import spaced
from engine.speech.transcript import Transcript, Word, in_order, segments


class Correction(FrozenModel):
    """What is really said from `start` to `end` (seconds of the file's clock), by whom, or both; None leaves it be.

    The empty `text` means that nobody says anything there. `heard` is what stood there when it was corrected.
    """

    start: Exact
    end: Exact
    heard: str = ""
    text: str | None = None
    speaker: str | None = None


class Corrections(FrozenModel):
    """A take's corrections in the order they were made; a later one goes over an earlier one.

    `speakers` is how many there are, where a person said so.
    """

    version: Literal[1] = 1
    speakers: int | None = Field(default=None, ge=1)
    corrections: tuple[Correction, ...] = ()

    def and_then(self, correction: Correction) -> Corrections:
        """These and one more. RequestError where it corrects nothing."""
        if not 0 <= correction.start < correction.end:
            raise RequestError("A correction needs a beginning before its end.", "Name the times of words.")
        if correction.text is None and correction.speaker is None:
            raise RequestError("This corrects nothing.", "Say what is said there, or who says it.")
        return self.model_copy(update={"corrections": (*self.corrections, correction)})

    def without_last(self) -> Corrections:
        """These but for the last one. RequestError where there is none."""
        if not self.corrections:
            raise RequestError("There is no correction to undo.", "cwtui words shows those there are.")
        return self.model_copy(update={"corrections": self.corrections[:-1]})


def apply_corrections(transcript: Transcript, corrections: Iterable[Correction]) -> Transcript:
    """The transcript with the corrections laid over it.

    A correction takes the place of the words whose middle lies within its times. Its own words get their times where
    there are as many, else they share the time by their length. Corrected words are sure: their confidence is 1.
    """
    words = list(transcript.words)
    breaths = [number for number, segment in enumerate(transcript.segments) for _ in range(segment.first, segment.last)]
    for correction in corrections:
        within = [n for n, word in enumerate(words) if correction.start <= (word.start + word.end) / 2 < correction.end]
        first = within[0] if within else sum(word.start < correction.start for word in words)
        last = within[-1] + 1 if within else first
        new = _said(correction, words[first:last], words[first - 1].text if first else "")
        breath = breaths[first] if within else breaths[first - 1] if first else 0
        words[first:last] = new
        breaths[first:last] = [breath] * len(new)
    kept = in_order(words, transcript.duration)
    return transcript.model_copy(update={"words": kept, "segments": segments(kept, breaths)})


def _said(correction: Correction, heard: Sequence[Word], before: str) -> list[Word]:
    """The words of a correction in place of those that were heard; `before` is the text of the word before them.

    The spaces that a person writes are kept. The first word has a space before it where the first word heard had one.
    """
    who = correction.speaker or (heard[0].speaker if heard else None)
    if correction.text is None:
        return [word.model_copy(update={"speaker": who}) for word in heard]
    texts = correction.text.split()
    if len(texts) == len(heard):
        times = [(word.start, word.end) for word in heard]
    else:
        start = max(correction.start, heard[0].start) if heard else correction.start
        end = max(heard[-1].end if heard else correction.end, start + Fraction(len(texts), 25))
        times = _shared(start, end, [len(text) for text in texts])
    also = heard[0].also if heard else ()
    recorded = heard[0].space_before if heard else None
    first = spaced(before, correction.text.lstrip()) if recorded is None else recorded
    return [
        Word(
            text=text,
            start=begin,
            end=end,
            confidence=1.0,
            speaker=who,
            also=also,
            corrected=True,
            space_before=n > 0 or first,
        )
        for n, (text, (begin, end)) in enumerate(zip(texts, times, strict=True))
    ]


def _shared(start: Fraction, end: Fraction, lengths: Sequence[int]) -> list[tuple[Fraction, Fraction]]:
    """Times one after the other, as long as the words are in letters, on whole milliseconds."""
    whole, reached, times = sum(lengths), 0, []
    for length in lengths:
        begin = start + (end - start) * Fraction(reached, whole)
        reached += length
        finish = start + (end - start) * Fraction(reached, whole)
        times.append((Fraction(round(begin * 1000), 1000), Fraction(round(finish * 1000), 1000)))
    return times
