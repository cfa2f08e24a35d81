"""Voices that were named once, found again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.speech.diarize.turns import KnownVoice, Voice

ALIKE = 0.5
"""The cosine between two voices from which they are taken for one person's."""


def recognised(voices: Sequence[Voice], known: Sequence[KnownVoice], threshold: float = ALIKE) -> dict[str, str]:
    """Speaker id → name, for voices that sound like a known one; each name goes to one voice at most.

    Voices of another model (vectors of another length) are like none.
    """
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
