"""Data models of diarization: turns, voices, and the model that produced them."""

from __future__ import annotations

from typing import Literal

from engine.catalog import Exact, FrozenModel


class SpeakerTurn(FrozenModel):
    """A turn of one speaker from `start` to `end`, in seconds; turns of different speakers may overlap."""

    start: Exact
    end: Exact
    speaker: str


class Voice(FrozenModel):
    """A speaker's voice: a mean unit vector, and the seconds of speech alone that it is based on.

    `channel`, from 0, is the speaker's own channel, if each channel of the recording has its own voice.
    """

    id: str
    seconds: Exact
    embedding: tuple[float, ...]
    channel: int | None = None


class KnownVoice(FrozenModel):
    """A voice that the user named, with the embeddings that got this name."""

    name: str
    embeddings: tuple[tuple[float, ...], ...]


class Diarization(FrozenModel):
    """The speaker turns of one recording, with the model and parameters, so that they can be reproduced.

    `turns` are in order of their start. Speakers are S1, S2 … in order of their first turn; `voices` has one each.
    `model_digest` is the XXH128 of the weights. Version 1 had no channels of voices; it can be read.
    """

    version: Literal[1, 2] = 2
    model: str
    model_digest: str
    parameters: dict[str, str | int | float | bool]
    turns: tuple[SpeakerTurn, ...] = ()
    voices: tuple[Voice, ...] = ()
