"""Who speaks when: turns, voices, and all that told them apart."""

from __future__ import annotations

from typing import Literal

from engine.catalog import Exact, FrozenModel


class SpeakerTurn(FrozenModel):
    """One speaker speaks from `start` to `end`, in seconds; turns of different speakers may overlap."""

    start: Exact
    end: Exact
    speaker: str


class Voice(FrozenModel):
    """How a speaker sounds: a unit vector, and the seconds of their speech alone that it is the mean of."""

    id: str
    seconds: Exact
    embedding: tuple[float, ...]


class KnownVoice(FrozenModel):
    """A voice that a person gave a name, as it sounded each time."""

    name: str
    embeddings: tuple[tuple[float, ...], ...]


class Diarization(FrozenModel):
    """Who speaks when in one recording, and what told them apart: enough to do it again.

    `turns` are in order of their start. Speakers are S1, S2 … in order of their first word; `voices` has one each.
    `model_digest` is the XXH128 of the weights.
    """

    version: Literal[1] = 1
    model: str
    model_digest: str
    parameters: dict[str, str | int | float | bool]
    turns: tuple[SpeakerTurn, ...] = ()
    voices: tuple[Voice, ...] = ()
