"""Options for transcripts."""

from __future__ import annotations

from dataclasses import dataclass

from engine.sound import VoiceChoice


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """The speech model, the language, and a glossary of names.

    `speakers`: whether the transcript has speakers; None includes them if a diarize job is done or queued. `diarizer`
    is the diarization model, and `count` the number of speakers, if known. `translate`: the words are an English
    translation of the speech. `voices`: whether two channels with one voice each are transcribed by themselves.
    """

    model: str | None = None
    language: str | None = None
    glossary: tuple[str, ...] = ()
    speakers: bool | None = None
    diarizer: str | None = None
    count: int | None = None
    translate: bool = False
    voices: VoiceChoice = "auto"


DEFAULT_OPTIONS = TranscribeOptions()
"""The default models of this machine, any language, and the glossary of the project."""
