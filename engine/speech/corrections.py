"""Manual corrections, stored separately from the transcript so that they survive another transcription."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal

from pydantic import Field

from engine.catalog import Exact, FrozenModel
from engine.errors import RequestError
from engine.speech.spacing import spaced
from engine.speech.transcript import Speaker, Transcript, Word, in_order, running_text, segments

_LEADING = re.compile(r"^[^\w]+")
_TRAILING = re.compile(r"[^\w]+$")


class Correction(FrozenModel):
    """The correct text, speaker, or both from `start` to `end` (seconds on the file's clock); None changes nothing.

    An empty `text` removes the words there. `heard` is the text at the time of the correction.
    """

    start: Exact
    end: Exact
    heard: str = ""
    text: str | None = None
    speaker: str | None = None


class Corrections(FrozenModel):
    """A take's corrections in the order they were made; later ones override earlier ones.

    `speakers` is the number of speakers, if the user set it.
    """

    version: Literal[1] = 1
    speakers: int | None = Field(default=None, ge=1)
    corrections: tuple[Correction, ...] = ()

    def and_then(self, correction: Correction) -> Corrections:
        """The corrections with one appended. Raises RequestError if it changes nothing."""
        if not 0 <= correction.start < correction.end:
            raise RequestError("A correction must start before it ends.", "Use the times of words.")
        if correction.text is None and correction.speaker is None:
            raise RequestError("The correction changes nothing.", "Give a text or a speaker.")
        return self.model_copy(update={"corrections": (*self.corrections, correction)})

    def without_last(self) -> Corrections:
        """The corrections without the last one. Raises RequestError if there is none."""
        if not self.corrections:
            raise RequestError("There is no correction to undo.", "List corrections with cwtui words.")
        return self.model_copy(update={"corrections": self.corrections[:-1]})


def apply_corrections(transcript: Transcript, corrections: Iterable[Correction]) -> Transcript:
    """The transcript with the corrections applied.

    A correction replaces the words whose middle is within its times. Its words take over their times if the number is
    the same; otherwise they share the time by length. Corrected words have confidence 1. A corrected speaker whom the
    transcript does not have is added to its speakers.
    """
    made = tuple(corrections)
    words = list(transcript.words)
    breaths = transcript.breaths
    for correction in made:
        within = _within(correction, words)
        first = within[0] if within else sum(word.start < correction.start for word in words)
        new = _said(correction, [words[n] for n in within], words[first - 1].text if first else "")
        breath = breaths[first] if within else breaths[first - 1] if first else 0
        for n in reversed(within):
            del words[n], breaths[n]
        words[first:first] = new
        breaths[first:first] = [breath] * len(new)
    kept = in_order(words, transcript.duration)
    grouped = segments(kept, breaths, transcript.segment_languages)
    speakers = (*transcript.speakers, *_added_speakers(transcript, made, kept))
    return transcript.model_copy(update={"words": kept, "segments": grouped, "speakers": speakers})


def _within(correction: Correction, words: Sequence[Word]) -> list[int]:
    """The indices of the words that a correction replaces: of one channel, if several have words at its times."""
    within = [n for n, word in enumerate(words) if correction.start <= (word.start + word.end) / 2 < correction.end]
    channels = dict.fromkeys(words[n].channel for n in within)
    if len(channels) < 2:
        return within
    each = [[n for n in within if words[n].channel == channel] for channel in channels]
    return max(each, key=lambda found: (running_text([words[n] for n in found]) == correction.heard, len(found)))


def speaker_id(transcript: Transcript, speaker: str) -> str:
    """The id of a speaker, from the id or the name; a speaker whom the transcript does not have is its own id.

    Raises RequestError if the text is empty or has several lines.
    """
    wanted = speaker_name(speaker)
    for one in transcript.speakers:
        if wanted == one.id or (one.name and wanted.casefold() == one.name.casefold()):
            return one.id
    return wanted


def speaker_name(text: str) -> str:
    """A name without the blanks around it. Raises RequestError if it is empty or has several lines."""
    name = text.strip()
    if not name or not name.isprintable():
        raise RequestError("A speaker needs a name of one line.", "For example: Anna.")
    return name


def repeated(correction: Correction, transcript: Transcript) -> list[Correction]:
    """The same correction of text for each place of a transcript with the words that it replaces.

    Case and punctuation are ignored when they are compared. A place keeps the punctuation around its words.
    """
    wanted = [bare for part in correction.heard.split() if (bare := _bare(part))]
    text = _without_punctuation(correction.text or "")
    if not wanted or correction.text is None:
        return []
    words, found, n = transcript.words, [], 0
    while n + len(wanted) <= len(words):
        here = words[n : n + len(wanted)]
        if [_bare(word.text) for word in here] != wanted:
            n += 1
            continue
        before, after = _LEADING.match(here[0].text), _TRAILING.search(here[-1].text)
        starts_upper = _without_punctuation(here[0].text)[:1].isupper()
        same = text[:1].upper() + text[1:] if starts_upper and text.islower() else text
        said = f"{before[0] if before else ''}{same}{after[0] if after else ''}" if text else ""
        found.append(Correction(start=here[0].start, end=here[-1].end, heard=running_text(here), text=said))
        n += len(wanted)
    return found


def glossary_term(text: str) -> str:
    """A correction as a term of the glossary: in one line, without the punctuation around it."""
    return " ".join(_without_punctuation(text).split())


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text.casefold())


def _without_punctuation(text: str) -> str:
    return _TRAILING.sub("", _LEADING.sub("", text.strip()))


def _added_speakers(
    transcript: Transcript, corrections: Sequence[Correction], words: Sequence[Word]
) -> tuple[Speaker, ...]:
    known = {one.id for one in transcript.speakers}
    named = dict.fromkeys(one.speaker for one in corrections if one.speaker and one.speaker not in known)
    spoken = {one: [word.end - word.start for word in words if word.speaker == one] for one in named}
    return tuple(Speaker(id=one, seconds=sum(times, Fraction(0))) for one, times in spoken.items() if times)


def _said(correction: Correction, heard: Sequence[Word], before: str) -> list[Word]:
    """The words of a correction, which replace the `heard` ones; `before` is the text of the preceding word.

    Spaces in the correction are kept. The first word has a space before it if the first replaced word had one.
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
            channel=heard[0].channel if heard else None,
        )
        for n, (text, (begin, end)) in enumerate(zip(texts, times, strict=True))
    ]


def _shared(start: Fraction, end: Fraction, lengths: Sequence[int]) -> list[tuple[Fraction, Fraction]]:
    """Consecutive times proportional to the lengths, rounded to milliseconds."""
    whole, reached, times = sum(lengths), 0, []
    for length in lengths:
        begin = start + (end - start) * Fraction(reached, whole)
        reached += length
        finish = start + (end - start) * Fraction(reached, whole)
        times.append((Fraction(round(begin * 1000), 1000), Fraction(round(finish * 1000), 1000)))
    return times
