"""The times that the playhead can seek to: words, sentences, speakers, silences, markers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.catalog import Marker
from engine.speech import word_at

if TYPE_CHECKING:
    from engine.speech import Transcript, Word
    from engine.tasks import TakeLevels

# The shortest gap between words that counts as a silence.
_SHORTEST_SILENCE = Fraction(2, 5)
# Without a transcript: columns below this share of the loudest one are silent.
_QUIET = 0.06
_SENTENCE_END = re.compile(r"[.!?…。！？]['\"”’)]*$")


@dataclass(frozen=True)
class SeekTargets:
    """Times on a take's clock in seconds, ascending, by kind."""

    word: tuple[Fraction, ...] = ()
    sentence: tuple[Fraction, ...] = ()
    speaker: tuple[Fraction, ...] = ()
    silence: tuple[Fraction, ...] = ()
    marker: tuple[Fraction, ...] = ()
    silences: tuple[tuple[Fraction, Fraction], ...] = ()

    def after(self, kind: str, at: Fraction) -> Fraction | None:
        """Returns the next target of a kind; None after the last."""
        times: tuple[Fraction, ...] = getattr(self, kind)
        index = bisect_right(times, at)
        return times[index] if index < len(times) else None

    def before(self, kind: str, at: Fraction) -> Fraction | None:
        """Returns the previous target of a kind; None before the first."""
        times: tuple[Fraction, ...] = getattr(self, kind)
        index = bisect_left(times, at)
        return times[index - 1] if index else None


def seek_targets(
    transcript: Transcript | None, levels: TakeLevels | None, markers: Iterable[Marker], duration: Fraction
) -> SeekTargets:
    """Returns the targets of a take."""
    words = transcript.words if transcript else ()
    silences = _gaps_between(words, duration) if words else _quiet_spans(levels)
    return SeekTargets(
        word=tuple(word.start for word in words),
        sentence=tuple(words[n].start for n in range(len(words)) if n == 0 or _SENTENCE_END.search(words[n - 1].text)),
        speaker=tuple(words[n].start for n in range(len(words)) if n == 0 or words[n].speaker != words[n - 1].speaker),
        silence=tuple(start for start, _ in silences),
        marker=tuple(sorted(one.at for one in markers)),
        silences=silences,
    )


def spoken_text(transcript: Transcript | None, at: Fraction) -> str:
    """Returns the text of the segment that is spoken at a moment; empty between segments."""
    here = word_at(transcript.words, at) if transcript else None
    segments = transcript.segments if transcript and here is not None else ()
    return next((one.text for one in segments if one.first <= (here or 0) < one.last and at < one.end), "")


def _gaps_between(words: Sequence[Word], duration: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
    edges = [Fraction(0), *(edge for word in words for edge in (word.start, word.end)), duration]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return tuple((start, end) for start, end in gaps if end - start >= _SHORTEST_SILENCE)


def _quiet_spans(levels: TakeLevels | None) -> tuple[tuple[Fraction, Fraction], ...]:
    if levels is None:
        return ()
    floor = max(levels.rms, default=0) * _QUIET
    quiet = [value <= floor for value in levels.rms]
    edges = [0, *(n for n, (a, b) in enumerate(pairwise(quiet), 1) if a != b), len(quiet)]
    runs = ((levels.step * a, levels.step * b) for a, b in pairwise(edges) if a < b and quiet[a])
    return tuple((start, end) for start, end in runs if end - start >= _SHORTEST_SILENCE)


def no_target_reason(kind: str, direction: int, has_words: bool, has_open_jobs: bool) -> str:
    """Returns why there is no next target of a kind, or with -1 no previous one."""
    if kind != "marker" and not has_words:
        waiting, missing = "The transcript is not ready yet.", "No transcript yet. Press {go_takes}, then {prepare}."
        return waiting if has_open_jobs else missing
    return f"There is no {'further' if direction > 0 else 'earlier'} {kind}."
