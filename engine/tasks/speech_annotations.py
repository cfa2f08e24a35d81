"""The user's annotations of speech: names, corrections, speaker turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel, Take
from engine.speech import Corrections, KnownVoice, SpeakerTurn, read_glossary, read_rttm, write_rttm
from engine.tasks.paths import StudioPaths, transcript_path
from engine.validation import read_json

VOICES = "voices.json"
"""The file with a project's named voices, beside its transcripts."""

_Model = TypeVar("_Model", bound=FrozenModel)


class KnownVoices(FrozenModel):
    """The named voices of a project."""

    voices: tuple[KnownVoice, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechAnnotations:
    """Reads and writes the annotations of takes, in files of their projects. Plain files (None) have none.

    Reading raises EngineError if a file is invalid.
    """

    paths: StudioPaths

    def glossary(self, take: Take | None) -> tuple[str, ...]:
        """The names in the project's glossary.txt."""
        path = self._project_folder(take) / "glossary.txt" if take else None
        return read_glossary(path) if path and path.is_file() else ()

    def corrections(self, take: Take | None) -> Corrections:
        """A take's corrections."""
        return _read(Corrections, self._corrections_path(take)) if take else Corrections()

    def set_corrections(self, take: Take, corrections: Corrections) -> None:
        """Writes a take's corrections. They are applied to every later transcript."""
        write_atomic(self._corrections_path(take), corrections.model_dump_json(indent=1).encode())

    def turns(self, take: Take | None) -> tuple[SpeakerTurn, ...]:
        """The user's speaker turns of a take; () if there are none."""
        for path in self._turns_paths(take) if take else ():
            if path.is_file():
                return tuple(read_rttm(path.read_text("utf-8"), str(path)))
        return ()

    def set_turns(self, take: Take, turns: Sequence[SpeakerTurn]) -> None:
        """Writes speaker turns, which take precedence over any diarization. Without turns, the file is removed."""
        path, earlier = self._turns_paths(take)
        if turns:
            write_atomic(path, write_rttm(turns, take.label).encode())
        else:
            path.unlink(missing_ok=True)
        earlier.unlink(missing_ok=True)

    def known_voices(self, take: Take | None) -> tuple[KnownVoice, ...]:
        """The named voices of a take's project."""
        return self.project_voices(take.project_id) if take else ()

    def project_voices(self, project_id: str) -> tuple[KnownVoice, ...]:
        """The named voices of a project."""
        return _read(KnownVoices, self._voices_path(project_id)).voices

    def set_project_voices(self, project_id: str, voices: Sequence[KnownVoice]) -> None:
        """Writes the named voices of a project."""
        known = KnownVoices(voices=tuple(voices))
        write_atomic(self._voices_path(project_id), known.model_dump_json(indent=1).encode())

    def _corrections_path(self, take: Take) -> Path:
        return transcript_path(self.paths, take.id, take.label, take.digest).with_suffix(".corrections.json")

    def _turns_paths(self, take: Take) -> tuple[Path, Path]:
        """The file of a take's turns, and its name in earlier versions."""
        path = transcript_path(self.paths, take.id, take.label, take.digest)
        return path.with_suffix(".manual.rttm"), path.with_suffix(".told.rttm")

    def _voices_path(self, project_id: str) -> Path:
        return self.paths.project_folder(project_id) / "transcripts" / VOICES

    def _project_folder(self, take: Take) -> Path:
        return self.paths.project_folder(take.project_id)


def _read(model: type[_Model], path: Path) -> _Model:
    """The content of a file; an empty model if it does not exist. Raises EngineError if the file is invalid."""
    if not path.is_file():
        return model()
    return read_json(model, path.read_bytes(), str(path), "Fix it, restore it from a backup, or move it away.")
