"""Voices that were named once, found again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.speech.diarize.turns import KnownVoice, Voice

MIN_SIMILARITY = 0.5
"""The cosine between two voices from which they are taken for one person's."""


def match_known_voices(
    voices: Sequence[Voice], known: Sequence[KnownVoice], threshold: float = MIN_SIMILARITY
) -> dict[str, str]:
    """Speaker id → name: of the voices that were named themselves, and of those that sound like a known one.

    Two voices may have been given one name, because one person was taken for two; of those that only sound like a
    known one, none gets a name that another has. Voices of another model (vectors of another length) are like none.
    """
    named = {voice.id: one.name for one in known for voice in voices if voice.embedding in one.embeddings}
    rest = [voice for voice in voices if voice.id not in named]
    return {**named, **_match_by_sound([one for one in known if one.name not in named.values()], rest, threshold)}


def _match_by_sound(known: Sequence[KnownVoice], voices: Sequence[Voice], threshold: float) -> dict[str, str]:
    from scipy.optimize import linear_sum_assignment

    if not voices or not known:
        return {}
    alike = np.array([[_closest(voice, one) for one in known] for voice in voices])
    # What is not alike counts for nothing, so that it never keeps a name from who is.
    rows, columns = linear_sum_assignment(np.where(alike >= threshold, alike, 0), maximize=True)
    return {
        voices[row].id: known[column].name
        for row, column in zip(rows, columns, strict=True)
        if alike[row, column] >= threshold
    }


def _closest(voice: Voice, known: KnownVoice) -> float:
    same = [np.asarray(one) for one in known.embeddings if len(one) == len(voice.embedding)]
    return max((float(np.dot(one, voice.embedding)) for one in same), default=-1.0)
