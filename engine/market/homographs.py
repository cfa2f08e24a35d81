"""Names and texts that look like others: letters of another script, and l, 1 and I."""

from __future__ import annotations

from engine.errors import RequestError

_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "8": "b", "-": ""})


def skeleton(name: str) -> str:
    """A name of a package or an author with characters that look alike made the same."""
    return name.translate(_ALIKE).replace("rn", "m").replace("vv", "w")


def refuse_homographs(key: str, text: str) -> None:
    """Refuses a text with a word of several scripts whose letters look like Latin ones, as “Dusк” with a Cyrillic к.

    Source: Unicode Technical Standard 39 (confusables and mixed scripts), by the library confusable-homoglyphs.
    """
    if text.isascii():
        return
    from confusable_homoglyphs import confusables

    for word in text.split():
        if not word.isascii() and confusables.is_dangerous(word, ["latin"]):
            letters = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in word if not letter.isascii())
            raise RequestError(
                f"The {key} has the word “{word}”, which mixes scripts and looks like another one: {letters}.",
                "Write each word in one script.",
            )
