"""Recognises voices that the user named before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.speech.diarize.turns import KnownVoice, Voice

MIN_SIMILARITY = 0.5
"""The minimum cosine similarity of two voices of one person."""


def match_known_voices(
    voices: Sequence[Voice], known: Sequence[KnownVoice], threshold: float = MIN_SIMILARITY
) -> dict[str, str]:
    """Speaker id → name, for voices that were named directly and for those similar to a known voice.

    Two voices may have been named the same, because one person was detected as two; a voice that is only similar never
    gets a name that another one has. Voices of another model (vectors of another length) never match.
    """
    named = {voice.id: one.name for one in known for voice in voices if voice.embedding in one.embeddings}
    rest = [voice for voice in voices if voice.id not in named]
    return {**named, **_match_by_sound([one for one in known if one.name not in named.values()], rest, threshold)}


def _match_by_sound(known: Sequence[KnownVoice], voices: Sequence[Voice], threshold: float) -> dict[str, str]:
    if not voices or not known:
        return {}
    # Only here, because the import takes longer than all else that a transcript needs.
    from scipy.optimize import linear_sum_assignment

    alike = np.array([[_closest(voice, one) for one in known] for voice in voices])
    # Dissimilar pairs count 0, so that they cannot displace a similar one.
    rows, columns = linear_sum_assignment(np.where(alike >= threshold, alike, 0), maximize=True)
    return {
        voices[row].id: known[column].name
        for row, column in zip(rows, columns, strict=True)
        if alike[row, column] >= threshold
    }


def _closest(voice: Voice, known: KnownVoice) -> float:
    same = [np.asarray(one) for one in known.embeddings if len(one) == len(voice.embedding)]
    return max((float(np.dot(one, voice.embedding)) for one in same), default=-1.0)
