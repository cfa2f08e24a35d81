"""A transcript as captions that can be read, in SubRip (SRT) and WebVTT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.speech.transcript import Transcript, joined

# Netflix Timed Text Style Guide: General Requirements.
LINE = 42
LINES = 2
SHORTEST = Fraction(5, 6)
LONGEST = Fraction(7)
GAP = Fraction(1, 12)
READ_PER_SECOND = 17

# A silence this long ends a caption: what follows is a new thought.
_PAUSE = Fraction(3, 5)
_SENTENCE = tuple(".!?…。！？")
_CLAUSE = (*_SENTENCE, *",;:–—、，")


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A word as captions see it: whether a sentence, or at least a clause or a breath, ends with it."""

    text: str
    start: Fraction
    end: Fraction
    sentence: bool
    clause: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: seconds of the file's own clock, and its one or two lines, parted by a newline."""

    start: Fraction
    end: Fraction
    text: str


def cues_from(transcript: Transcript) -> list[Cue]:
    """Captions of at most two lines of 42 characters, 5/6 to 7 s, at least 1/12 s apart, in order.

    They end at sentences and pauses, else at a clause, else where the lines are full, and stay long
    enough to be read at 17 characters a second where the next one leaves the time.
    """
    groups = _merged(_groups(_spoken(transcript), transcript.language), transcript.language)
    cues: list[Cue] = []
    for number, words in enumerate(groups):
        text = "\n".join(_lines(words, transcript.language))
        start = max(words[0].start, cues[-1].end + GAP) if cues else words[0].start
        wanted = max(words[-1].end, start + Fraction(len(text), READ_PER_SECOND))
        if number + 1 < len(groups):
            wanted = min(wanted, groups[number + 1][0].start - GAP)
        # A caption too short to be seen holds the next one back a little instead.
        cues.append(Cue(start, min(max(wanted, start + SHORTEST), start + LONGEST), text))
    return cues


def write_srt(cues: Sequence[Cue]) -> str:
    """SubRip text; the empty text where there are no cues."""
    blocks = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{cue.text.replace('-->', '→')}\n"
        for number, cue in enumerate(cues, 1)
    )
    return "\n".join(blocks)


def write_vtt(cues: Sequence[Cue]) -> str:
    """WebVTT text (W3C), `&`, `<` and `>` escaped; only the header where there are no cues."""
    blocks = (f"\n{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(cue.text)}\n" for cue in cues)
    return "WEBVTT\n" + "".join(blocks)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: Fraction, point: str) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{milliseconds:03d}"


def _spoken(transcript: Transcript) -> list[_Spoken]:
    breaths = {segment.last for segment in transcript.segments}
    return [
        _Spoken(
            text=word.text,
            start=word.start,
            end=word.end,
            sentence=word.text.endswith(_SENTENCE),
            clause=word.text.endswith(_CLAUSE) or number in breaths,
        )
        for number, word in enumerate(transcript.words, 1)
    ]


def _groups(words: Sequence[_Spoken], language: str) -> list[list[_Spoken]]:
    groups: list[list[_Spoken]] = []
    held: list[_Spoken] = []
    for word in words:
        if held and (word.start - held[-1].end > _PAUSE or held[-1].sentence):
            groups.append(held)
            held = []
        while held and not _fits([*held, word], language):
            kept = _clause_end(held)
            groups.append(held[:kept])
            held = held[kept:]
        held.append(word)
    if held:
        groups.append(held)
    return groups


def _clause_end(words: Sequence[_Spoken]) -> int:
    """How many words to keep in a full caption: up to the last clause in its latter two thirds, else all."""
    for count in range(len(words) - 1, len(words) // 3, -1):
        if words[count - 1].clause:
            return count
    return len(words)


def _merged(groups: Sequence[list[_Spoken]], language: str) -> list[list[_Spoken]]:
    """Short captions that follow each other without a pause become one."""
    out: list[list[_Spoken]] = []
    for words in groups:
        if out:
            before = out[-1]
            brief = min(words[0].start - before[0].start, words[-1].end - words[0].start) < SHORTEST + GAP
            if brief and words[0].start - before[-1].end <= _PAUSE and _fits(before + words, language):
                out[-1] = before + words
                continue
        out.append(words)
    return out


def _fits(words: Sequence[_Spoken], language: str) -> bool:
    lines = _lines(words, language)
    return words[-1].end - words[0].start <= LONGEST and len(lines) <= LINES and max(map(len, lines)) <= LINE


def _lines(words: Sequence[_Spoken], language: str) -> list[str]:
    """One line where it fits, else the two most even ones, rather after a clause than within it."""
    texts = [word.text for word in words]
    whole = joined(texts, language)
    if len(whole) <= LINE:
        return [whole]
    if len(texts) == 1:
        return [whole[at : at + LINE] for at in range(0, len(whole), LINE)]

    def unevenness(count: int) -> tuple[bool, int]:
        longest = max(len(joined(texts[:count], language)), len(joined(texts[count:], language)))
        return longest > LINE, longest - (8 if words[count - 1].clause else 0)

    count = min(range(1, len(texts)), key=unevenness)
    return [joined(texts[:count], language), joined(texts[count:], language)]
