"""Grapheme clusters: user-perceived characters of several code points, which lines must not split."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
# Viramas join two consonants of their script (InCB=Linker); each script's block has 128 code points.
_VIRAMAS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")


def graphemes(text: str) -> list[str]:
    """Splits a text into extended grapheme clusters (UAX #29), as far as Python's Unicode tables allow."""
    parts: list[str] = []
    for character in text:
        if parts and _belongs(parts[-1], character):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def leans(character: str) -> bool:
    """Whether a character attaches to the previous one: marks, joiners, variation selectors, skin tones, tags."""
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character in (_JOINER, "\u200c", "\u0e33", "\u0eb3", "\uff9e", "\uff9f")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _belongs(cluster: str, character: str) -> bool:
    last = cluster[-1]
    if last == "\r" and character == "\n":
        return True
    if unicodedata.category(last) in ("Cc", "Zl", "Zp") or unicodedata.category(character) in ("Cc", "Zl", "Zp"):
        return False
    if leans(character):
        return True
    if _flag(character):
        return len(cluster) == 1 and _flag(cluster)
    joined_picture = last == _JOINER and unicodedata.category(character) == unicodedata.category(cluster[0]) == "So"
    return joined_picture or _conjunct(cluster, character) or _syllable(last, character)


def _conjunct(cluster: str, character: str) -> bool:
    """Whether a virama joins a consonant to the end of a cluster."""
    virama = next((c for c in reversed(cluster) if c not in (_JOINER, "\u093c", "\u09bc")), "")
    same_script = ord(virama or "\0") >> 7 == ord(character) >> 7 == ord(cluster[0]) >> 7
    return virama in _VIRAMAS and same_script and unicodedata.category(character) == "Lo"


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _syllable(last: str, character: str) -> bool:
    """Whether two Hangul jamo or syllables combine: lead, vowel and trail form one syllable."""
    lead, vowel, trail = (
        "\u1100" <= last <= "\u115f",
        "\u1160" <= last <= "\u11a7" or _ends_open(last),
        "\u11a8" <= last <= "\u11ff",
    )
    after_lead = lead and ("\u1100" <= character <= "\u11a7" or "\uac00" <= character <= "\ud7a3")
    after_vowel = vowel and "\u1160" <= character <= "\u11ff"
    closed = "\uac00" <= last <= "\ud7a3" and not _ends_open(last)
    return after_lead or after_vowel or ((trail or closed) and "\u11a8" <= character <= "\u11ff")


def _ends_open(syllable: str) -> bool:
    return "\uac00" <= syllable <= "\ud7a3" and (ord(syllable) - 0xAC00) % 28 == 0
