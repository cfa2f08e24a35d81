"""How words are to be heard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """How words are to be heard: by which model, in which language, and which names are in them.

    `speakers`: whether they are told apart; None where that was done already, or is under way. `count` is how many
    there are, if known.
    """

    model: str | None = None
    language: str | None = None
    glossary: tuple[str, ...] = ()
    speakers: bool | None = None
    diarizer: str | None = None
    count: int | None = None


DEFAULT_OPTIONS = TranscribeOptions()
"""By the models that are found here."""
