"""Options for transcripts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """The speech model, the language, and the names that occur.

    `speakers`: whether speakers are told apart; None does so where a diarize job is done or queued already. `count` is
    the number of speakers, where it is known.
    """

    model: str | None = None
    language: str | None = None
    glossary: tuple[str, ...] = ()
    speakers: bool | None = None
    diarizer: str | None = None
    count: int | None = None


DEFAULT_OPTIONS = TranscribeOptions()
"""The models found on this machine, and any language."""
