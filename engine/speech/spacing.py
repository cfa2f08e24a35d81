"""Builds words from a speech model's tokens, preserving the spaces between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from engine.speech.captions.graphemes import leans

# Spaces and line ends separate words. A no-break space (U+00A0, U+202F) is part of a word: "12 000", "Bonjour !".
_BLANK = " \t\r\n\f\v"
_BLANKS = re.compile(f"[{_BLANK}]+")

# Thai, Lao, Myanmar, Khmer, and half-width katakana; Han and kana are detected by their width.
_UNSPACED = (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"), ("\uff66", "\uff9d"))
_HANGUL = (("\u1100", "\u11ff"), ("\u3130", "\u318f"), ("\uac00", "\ud7ff"))


class Token(NamedTuple):
    """A text token with its leading space, its times in seconds, and its probability from 0 to 1."""

    text: str
    start: Fraction
    end: Fraction
    probability: float


class SpacedWord(NamedTuple):
    """A word without surrounding spaces, and whether a space precedes it."""

    text: str
    start: Fraction
    end: Fraction
    probability: float
    space_before: bool


def unspaced(character: str) -> bool:
    """Whether a character is a letter or mark of a script that puts no spaces between words."""
    if not character or _within(character, _HANGUL):
        return False
    return unicodedata.east_asian_width(character) in "WF" or _within(character, _UNSPACED)


def spaced(before: str, after: str) -> bool:
    """Whether the scripts of two words put a space between them; used if no spacing was recorded."""
    return not (unspaced(before[-1:]) or unspaced(after[:1]))


def words_of(tokens: Iterable[Token]) -> list[SpacedWord]:
    """Words from a model's tokens: a token without a leading space continues the previous word.

    A word spans the times of its tokens and has their lowest probability. In scripts without spaces each token is a
    word; marks and closing punctuation still continue the previous word.
    """
    words: list[SpacedWord] = []
    space = False
    for token in tokens:
        text = _BLANKS.sub(" ", token.text.strip(_BLANK))
        space = space or token.text.startswith(tuple(_BLANK))
        if not text:
            continue
        if words and not space and _belongs(words[-1].text[-1], text[0]):
            before = words[-1]
            words[-1] = SpacedWord(
                before.text + text,
                min(before.start, token.start),
                max(before.end, token.end),
                min(before.probability, token.probability),
                before.space_before,
            )
        else:
            words.append(SpacedWord(text, token.start, token.end, token.probability, space))
        space = token.text.endswith(tuple(_BLANK))
    return words


def _belongs(last: str, first: str) -> bool:
    if leans(first):
        return True
    if unspaced(first):
        return unicodedata.category(first) in ("Pe", "Pf", "Po", "Pd")
    return not (unspaced(last) and first.isalnum())


def _within(character: str, ranges: Iterable[tuple[str, str]]) -> bool:
    return any(first <= character <= last for first, last in ranges)
