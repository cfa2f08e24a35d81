"""Spaces between words: tokens of a speech model as words that keep the spaces that the model wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from engine.speech.captions.graphemes import leans

# Plain spaces and line ends separate words. A no-break space (U+00A0, U+202F) is part of one: "12 000", "Bonjour !".
_BLANK = " \t\r\n\f\v"
_BLANKS = re.compile(f"[{_BLANK}]+")

# Thai, Lao, Myanmar, Khmer, and half-width katakana; Han and kana are known by their width.
_UNSPACED = (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"), ("\uff66", "\uff9d"))
_HANGUL = (("\u1100", "\u11ff"), ("\u3130", "\u318f"), ("\uac00", "\ud7ff"))


class Token(NamedTuple):
    """A piece of text as a model writes it, its leading space included; seconds, and a probability from 0 to 1."""

    text: str
    start: Fraction
    end: Fraction
    probability: float


class SpacedWord(NamedTuple):
    """A word without the spaces around it, and whether one stands before it."""

    text: str
    start: Fraction
    end: Fraction
    probability: float
    space_before: bool


def unspaced(character: str) -> bool:
    """Whether a character belongs to a script, or is a mark of one, that puts no spaces between words."""
    if not character or _within(character, _HANGUL):
        return False
    return unicodedata.east_asian_width(character) in "WF" or _within(character, _UNSPACED)


def spaced(before: str, after: str) -> bool:
    """Whether a space stands between two words by their scripts alone, where nobody recorded it."""
    return not (unspaced(before[-1:]) or unspaced(after[:1]))


def words_of(tokens: Iterable[Token]) -> list[SpacedWord]:
    """Words from a model's tokens: a token without a leading space belongs to the word before it.

    The word begins with its first token, ends with its last one, and has the lowest probability of them. In scripts
    without spaces each token is a word of its own; marks and closing punctuation still belong to the one before.
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
