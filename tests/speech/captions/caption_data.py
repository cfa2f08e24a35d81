"""Transcripts and strategies for caption tests."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from engine.speech import Segment, Speaker, Transcript, Word
from engine.speech.captions import Cue


def transcript(
    *timed: tuple[str, float, float],
    language: str = "en",
    breaths: tuple[int, ...] = (),
    speakers: Sequence[str | None] = (),
    names: tuple[tuple[str, str], ...] = (),
) -> Transcript:
    """A transcript from (word, start, end); `speakers` has one id per word, `names` pairs of id and name."""
    speaker_ids = [*speakers, *[None] * (len(timed) - len(speakers))]
    words = tuple(
        Word(text=text, start=Fraction(str(start)), end=Fraction(str(end)), confidence=0.9, speaker=speaker)
        for (text, start, end), speaker in zip(timed, speaker_ids, strict=True)
    )
    bounds = (0, *breaths, len(words)) if words else ()
    segments = tuple(
        Segment(start=words[a].start, end=words[b - 1].end, text="", first=a, last=b) for a, b in pairwise(bounds)
    )
    return Transcript(
        language=language,
        model="m",
        model_digest="0",
        backend="b",
        parameters={},
        words=words,
        segments=segments,
        speakers=tuple(Speaker(id=id, name=name, seconds=Fraction(1)) for id, name in names),
    )


def steady_words(text: str, each: float = 0.3, start: float = 0.0) -> list[tuple[str, float, float]]:
    """Consecutive words, each `each` seconds long."""
    return [(word, round(start + n * each, 3), round(start + (n + 1) * each, 3)) for n, word in enumerate(text.split())]


TRICKY = ["-->", "&", "<", ">", "<b>", "</i>", "<v Bo>", "&amp;", "]]>", "{\\an8}", "\ufeff", "\r\n", "\n\n", "\n7\n"]
TRICKY += [
    "00:00:01,000 --> 00:00:02,000",
    "NOTE x",
    "WEBVTT",
    "שלום",
    "مرحبا",
    "\u202e",
    "日本。",
    "\0",
    "\x1b",
    "\ud800",
]
TRICKY += ["x" * 1000, "👩‍👩‍👧", "e\u0301", "\u2028", "\x85", "\u2060", "\t", "12"]

texts = st.one_of(st.text(max_size=60), st.lists(st.one_of(st.sampled_from(TRICKY), st.text(max_size=8))).map(" ".join))
"""Any text, including syntax that is special in caption formats."""

_times = st.fractions(0, 90 * 3600, max_denominator=30_000)
_names = st.one_of(st.none(), st.sampled_from(["Ann", "R&D <x>", "Zoë\nB", "日本 太郎", " "]), st.text(max_size=12))

cues = st.lists(
    st.builds(
        lambda start, length, text, speaker, position: Cue(start, start + length, text, speaker, position),
        _times,
        st.fractions(Fraction(1, 500), 20, max_denominator=30_000),
        texts,
        _names,
        st.sampled_from(["bottom", "top"]),
    ),
    max_size=8,
)
"""Captions with any text, speaker and time below 100 hours."""


def assert_same(written: Sequence[Cue], read: Sequence[Cue]) -> None:
    """Asserts equal letters, equal times to a millisecond, and that captions without letters are dropped."""
    shown = [cue for cue in written if letters(cue.text)]
    assert [letters(cue.text) for cue in read if letters(cue.text)] == [letters(cue.text) for cue in shown]
    for before, after in zip(shown, (cue for cue in read if letters(cue.text)), strict=True):
        assert abs(after.start - before.start) <= Fraction(1, 1000)
        assert abs(after.end - before.end) <= Fraction(1, 1000)
        assert after.position == before.position


def letters(text: str) -> str:
    visible = (c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(c for c in visible if not (ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) < 0xFDF0))
