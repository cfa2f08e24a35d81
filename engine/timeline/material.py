"""The takes of a shoot as the automatic cut needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from engine.timeline.media import Media
from engine.timeline.spoken import TakeWord, TakeWords

if TYPE_CHECKING:
    from engine.perception import TakeFaces

FALSE_START = "a false start"
"""The reason of a group in which a take stops and the next one begins again."""

Span = tuple[int, int]
"""The samples of a take from and to (exclusive)."""


@dataclass(frozen=True, slots=True)
class SoundColumns:
    """The sound of a take in columns of `step` samples: the RMS in dBFS, and whether a sample is full scale."""

    step: int
    levels: Sequence[float]
    clipped: Sequence[bool]

    def columns(self, span: Span) -> range:
        """The indices of the columns that begin within a span."""
        count = len(self.levels)
        return range(min(-(-span[0] // self.step), count), min(-(-span[1] // self.step), count))


@dataclass(frozen=True, slots=True)
class ShotTake:
    """A take of a shoot. `words` is None without a transcript, `sound` None without measured levels.

    `verdict` and `retake_of` (a take's id) are the director's decisions. Only `kept`, spans of the take, is used.
    `damage` are the damaged spans, `faces` the measured faces, None if they were not found yet.
    """

    media: Media
    words: TakeWords | None = None
    verdict: Literal["keep", "retake"] | None = None
    retake_of: str | None = None
    session: int = 0
    kept: tuple[Span, ...] = ()
    sound: SoundColumns | None = None
    damage: tuple[Span, ...] = ()
    faces: TakeFaces | None = None

    @property
    def id(self) -> str:
        """The id of the take."""
        return self.media.take


@dataclass(frozen=True)
class Reading:
    """A stretch of a take that says one line: the words `first` to `last` (exclusive) of the take.

    `said` is the number of words of the line that are said, `added` that of other words that are no stumbles. Without
    words it is a whole kept span of a take.
    """

    take: ShotTake
    first: int
    last: int
    said: int = 0
    added: int = 0
    span: Span = field(default=(0, 0))

    @property
    def words(self) -> Sequence[TakeWord]:
        """The words of the reading."""
        return self.take.words.words[self.first : self.last] if self.take.words else ()

    @property
    def text(self) -> str:
        """The words as running text."""
        return "".join(f"{' ' * (n > 0 and word.space)}{word.text}" for n, word in enumerate(self.words))


@dataclass(frozen=True)
class LineReadings:
    """All readings of one line in shooting order. `line` is its number in the script, None without a script.

    `text` is the line of the script, or that of the longest reading; `length` its number of words.
    """

    readings: tuple[Reading, ...]
    text: str
    length: int
    line: int | None = None
    reason: str = ""


def kept_words(take: ShotTake) -> list[int]:
    """The indices of the words in the kept spans of a take; of all words without such spans."""
    if take.words is None:
        return []
    return [
        n
        for n, word in enumerate(take.words.words)
        if word.bare and (not take.kept or any(a <= word.middle < b for a, b in take.kept))
    ]


def seconds(samples: int) -> Fraction:
    """Samples in seconds."""
    from engine.timeline.cut import SAMPLE_RATE

    return Fraction(samples, SAMPLE_RATE)
