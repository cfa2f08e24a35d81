"""The lists of a person's annotations that the journal changes: corrections, named voices, and the glossary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.atomic_files import write_atomic
from engine.catalog import JournalledList, Take
from engine.errors import EngineError
from engine.speech import Correction, KnownVoice, glossary
from engine.tasks.paths import StudioPaths, find_take
from engine.tasks.speech_annotations import SpeechAnnotations
from engine.validation import read_text


@dataclass(frozen=True, slots=True)
class CorrectionList:
    """The corrections of a take, by its id."""

    merges: ClassVar[bool] = True
    annotations: SpeechAnnotations

    def read(self, key: str) -> list[Any]:
        """The corrections as JSON, in the order in which they were made."""
        return [one.model_dump(mode="json") for one in self.annotations.corrections(self._take(key)).corrections]

    def write(self, key: str, items: list[Any]) -> None:
        """Writes the corrections. The number of speakers stays."""
        take = self._take(key)
        made = tuple(Correction.model_validate(item) for item in items)
        known = self.annotations.corrections(take)
        self.annotations.set_corrections(take, known.model_copy(update={"corrections": made}))

    def _take(self, key: str) -> Take:
        return find_take(self.annotations.paths.catalog, key)


@dataclass(frozen=True, slots=True)
class VoiceList:
    """The named voices of a project, by its id."""

    merges: ClassVar[bool] = True
    annotations: SpeechAnnotations

    def read(self, key: str) -> list[Any]:
        """The voices as JSON."""
        return [one.model_dump(mode="json") for one in self.annotations.project_voices(key)]

    def write(self, key: str, items: list[Any]) -> None:
        """Writes the voices."""
        self.annotations.set_project_voices(key, [KnownVoice.model_validate(item) for item in items])


@dataclass(frozen=True, slots=True)
class GlossaryLines:
    """The lines of a project's glossary.txt, by the project's id. Comments are lines as well."""

    merges: ClassVar[bool] = True
    paths: StudioPaths

    def read(self, key: str) -> list[Any]:
        """The lines without their ends."""
        path = self.paths.project_folder(key) / "glossary.txt"
        return list(read_text(path, "utf-8-sig").splitlines()) if path.is_file() else []

    def write(self, key: str, items: list[Any]) -> None:
        """Writes the lines. Raises RequestError if the terms are too long for a speech model, EngineError on errors."""
        glossary(str(line).partition("#")[0] for line in items)
        path = self.paths.project_folder(key) / "glossary.txt"
        try:
            write_atomic(path, "".join(f"{line}\n" for line in items).encode())
        except OSError as error:
            raise EngineError(f"{path} cannot be written: {error.strerror}.", "Check the disk and the file.") from error


def speech_lists(paths: StudioPaths) -> Mapping[str, JournalledList]:
    """The lists by the names that the journal has for them."""
    annotations = SpeechAnnotations(paths)
    return {
        "corrections": CorrectionList(annotations),
        "voices": VoiceList(annotations),
        "glossary": GlossaryLines(paths),
    }
