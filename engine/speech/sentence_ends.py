"""Adds the sentence ends that a speech model left out before a pause."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from itertools import pairwise

from engine.speech.captions.phrases import CLAUSE, is_function_word
from engine.speech.transcript import Segment, Transcript, Word, running_text

# Pauses of 0.2 to 1 s also occur within sentences (Campione and Véronis, "A Large-Scale Multilingual Study of Silent
# Pause Duration", 2002), so a pause needs other evidence, or has to be longer if the script has no capitals.
_PAUSE = Fraction(7, 10)
_LONG_PAUSE = Fraction(1)

_CASED = ("LATIN", "CYRILLIC", "GREEK")
_WIDE = ("CJK", "HIRAGANA", "KATAKANA")
_MARKS = {"cased": ".", "wide": "。"}
# Particles and conjunctions of Chinese and Japanese, after which a sentence continues.
_CONTINUES = frozenset("的地得和与及或在是把被从向对给跟而但就也都因所はがをにでとのもやへ")


def end_sentences(transcript: Transcript) -> Transcript:
    """The transcript with a full stop after each segment that ends a sentence without punctuation.

    A segment ends a sentence if a pause of 0.7 s follows, its last word is no function word, and the next word has
    another speaker, or a capital letter that is neither that of a name nor that of a German noun. In Chinese and
    Japanese, a pause of 1 s and a last character other than a particle suffice. At the end of the recording the pause
    alone decides. Other scripts are not changed. `Word.heard` keeps the text of the model. The user's corrections and
    transcripts of earlier versions are not changed.
    """
    if transcript.version < 4:
        return transcript
    names = _names(transcript)
    ended = {
        segment.last - 1: mark
        for segment, following in pairwise([*transcript.segments, None])
        if segment and (mark := _mark(transcript, segment, following, names))
    }
    if not ended:
        return transcript
    words = tuple(
        word.model_copy(update={"text": word.text + ended[n], "heard": word.text}) if n in ended else word
        for n, word in enumerate(transcript.words)
    )
    grouped = tuple(
        one.model_copy(update={"text": running_text(words[one.first : one.last])}) for one in transcript.segments
    )
    return transcript.model_copy(update={"words": words, "segments": grouped})


def _mark(transcript: Transcript, segment: Segment, following: Segment | None, names: frozenset[str]) -> str:
    """The mark to add after a segment; empty if it does not end a sentence, or already has punctuation."""
    last = transcript.words[segment.last - 1]
    after = transcript.words[following.first] if following else None
    limit = after.start if after else transcript.duration
    script = _script(last.text)
    if last.corrected or script is None or limit is None:
        return ""
    pause = limit - last.end
    language = segment.language or transcript.language
    if pause < (_PAUSE if script == "cased" else _LONG_PAUSE):
        return ""
    if script == "wide":
        return "" if last.text[-1] in _CONTINUES else _MARKS[script]
    if is_function_word(last.text, language):
        return ""
    begins = after is None or _another_speaker(last, after) or _capitalised(after.text, following, transcript, names)
    return _MARKS[script] if begins else ""


def _script(text: str) -> str | None:
    """The kind of script of a word that ends with a letter or digit; None for other endings and scripts."""
    if not text or not text[-1].isalnum():
        return None
    letter = next((character for character in reversed(text) if character.isalpha()), "A")
    name = unicodedata.name(letter, "")
    if name.startswith(_CASED):
        return "cased"
    return "wide" if name.startswith(_WIDE) else None


def _another_speaker(last: Word, after: Word) -> bool:
    return last.speaker is not None and after.speaker is not None and last.speaker != after.speaker


def _capitalised(text: str, segment: Segment | None, transcript: Transcript, names: frozenset[str]) -> bool:
    """Whether the capital letter of a word shows that a sentence begins with it."""
    bare = _bare(text)
    if not bare[:1].isupper() or bare in names or bare.split("'")[0].split("’")[0] == "I":
        return False
    language = (segment.language if segment else None) or transcript.language
    return language != "de" or is_function_word(bare, language)


def _names(transcript: Transcript) -> frozenset[str]:
    """The words that are capitalised within a sentence somewhere in the transcript."""
    found: set[str] = set()
    for segment in transcript.segments:
        for before, word in pairwise(transcript.words[segment.first : segment.last]):
            bare = _bare(word.text)
            if bare[:1].isupper() and not before.text.rstrip("\"'”’»)]").endswith(CLAUSE):
                found.add(bare)
    return frozenset(found)


def _bare(text: str) -> str:
    return text.strip("\"'“”‘’«»()[].,;:!?…-")
