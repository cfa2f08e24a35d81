"""The kinds of job about what is said, and the graphs they are asked in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.atomic_files import write_whole
from engine.catalog import JobState, Row, Take, problems
from engine.errors import EngineError, RequestError
from engine.jobs import GIB, Kind, Needs, Step
from engine.speech import (
    Corrections,
    KnownVoice,
    Turn,
    locate_diarizer,
    locate_model,
    read_glossary,
    read_rttm,
    write_rttm,
)
from engine.tasks.parameters import CaptionParameters, DiarizeParameters, TranscribeParameters, TranscriptParameters
from engine.tasks.paths import transcript_path
from engine.tasks.requests import ASKED_FOR, DAYS, about, called, project_of
from engine.tasks.transcribe import caption, content_intact, diarize, put_together, transcribe
from engine.tasks.transcribe_options import AS_FOUND, Hearing

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import Subject

_Kept = TypeVar("_Kept", bound=Row)


class KnownVoices(Row):
    """The voices that a person named in a project."""

    voices: tuple[KnownVoice, ...] = ()


class Words:
    """Kinds of work on what is said in one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.transcribe = Kind(
            "transcribe",
            4,
            TranscribeParameters,
            lambda asked, context: transcribe(studio, asked, context, self.transcribe.address(asked)),
            lambda p: f"transcribe {p.label}",
            lambda result: content_intact(studio, result),
            needs=Needs(cpu=2, memory=6 * GIB, cpu_seconds=7 * DAYS),
        )
        self.diarize = Kind(
            "diarize",
            2,
            DiarizeParameters,
            lambda asked, context: diarize(studio, asked, context, self.diarize.address(asked)),
            lambda p: f"diarize {p.label}",
            lambda result: content_intact(studio, result),
            needs=Needs(cpu=2, memory=4 * GIB, cpu_seconds=7 * DAYS),
        )
        self.transcript = Kind(
            "transcript",
            2,
            TranscriptParameters,
            lambda asked, context: put_together(studio, asked, context),
            lambda p: f"transcript of {p.label}",
            lambda result: content_intact(studio, result),
            turn=lambda p: f"transcript {p.take or p.source_digest}",
        )
        self.caption = Kind(
            "caption",
            3,
            CaptionParameters,
            lambda asked, context: caption(studio, asked, context, self.caption.address(asked)),
            lambda p: f"caption {p.label}",
            lambda result: content_intact(studio, result),
        )

    def kinds(self) -> Mapping[str, Kind[Any]]:
        """All of them, by name."""
        return {kind.name: kind for kind in (self.transcribe, self.diarize, self.transcript, self.caption)}

    def transcribe_step(self, subject: Subject, how: Hearing, priority: int = ASKED_FOR) -> Step:
        """The words of a subject, heard by the model that is found here, with the project's glossary."""
        found = locate_model(how.model)
        terms = how.glossary or self.glossary(subject.take)
        asked = TranscribeParameters(
            **about(subject),
            model=called(found),
            model_digest=found.digest,
            language=how.language,
            glossary=terms,
        )
        return Step(self.transcribe, asked, project_of(subject), priority=priority)

    def diarize_step(self, subject: Subject, how: Hearing, priority: int = ASKED_FOR) -> Step:
        """Who speaks when. RequestError where there is no model for it."""
        found = locate_diarizer(how.diarizer)
        asked = DiarizeParameters(
            **about(subject),
            model=how.diarizer or found.id,
            model_digest=found.digest,
            speakers=how.count or self.corrections(subject.take).speakers,
        )
        return Step(self.diarize, asked, project_of(subject), priority=priority)

    def transcript_step(self, subject: Subject, how: Hearing, priority: int = ASKED_FOR) -> Step:
        """The transcript of a subject: words, speakers where they are told apart, a person's corrections."""
        words, voices = self._heard(subject, how, priority)
        asked = TranscriptParameters(
            **about(subject),
            words=words.id,
            voices=voices.id if voices else None,
            turns=self._told(subject, how),
            known=self.known_voices(subject.take) if voices else (),
            corrections=self.corrections(subject.take).corrections,
        )
        return Step(self.transcript, asked, project_of(subject), (words, voices) if voices else (words,), priority)

    def fullest_transcript_step(self, subject: Subject, priority: int, how: Hearing = AS_FOUND) -> Step:
        """The transcript with its speakers where there is a model that tells them apart."""
        try:
            return self.transcript_step(subject, replace(how, speakers=True), priority)
        except RequestError:
            return self.transcript_step(subject, replace(how, speakers=False), priority)

    def hearing_of(self, caption: str) -> Hearing:
        """How the words of a caption job (by its id) were heard."""
        queue = self._studio.catalog.queue
        job = queue.job(caption)
        heard = queue.job(job.parameters["words"]) if job else None
        if heard is None:
            return AS_FOUND
        asked = TranscribeParameters.model_validate(heard.parameters)
        return Hearing(model=asked.model, language=asked.language, glossary=asked.glossary)

    def caption_step(self, subject: Subject, how: Hearing, priority: int = ASKED_FOR) -> Step:
        """Cues of a subject's words, with who says them where `how.speakers`."""
        words, voices = self._heard(subject, how, priority)
        asked = CaptionParameters(
            **about(subject),
            words=words.id,
            voices=voices.id if voices else None,
            turns=self._told(subject, how),
            known=self.known_voices(subject.take) if voices else (),
            corrections=self.corrections(subject.take).corrections,
            speakers=bool(how.speakers),
            frame=1 / subject.footage.grid.rate if subject.footage.grid else None,
        )
        return Step(self.caption, asked, project_of(subject), (words, voices) if voices else (words,), priority)

    def _heard(self, subject: Subject, how: Hearing, priority: int) -> tuple[Step, Step | None]:
        words = self.transcribe_step(subject, how, priority)
        if how.speakers is False or self._told(subject, how):
            return words, None
        try:
            voices = self.diarize_step(subject, how, priority)
        except RequestError:
            if how.speakers:
                raise
            return words, None
        done = self._studio.catalog.queue.job(voices.id)
        found = done is not None and (done.state is JobState.DONE or done.state.open)
        return words, voices if how.speakers or found else None

    def _told(self, subject: Subject, how: Hearing) -> tuple[Turn, ...]:
        return () if how.speakers is False else self.turns(subject.take)

    # What a person wrote beside the transcripts of a project

    def glossary(self, take: Take | None) -> tuple[str, ...]:
        """The names in a project's glossary.txt; none for a plain file, or where there is no such file."""
        path = self._project_folder(take) / "glossary.txt" if take else None
        return read_glossary(path) if path and path.is_file() else ()

    def corrections(self, take: Take | None) -> Corrections:
        """A take's corrections; none for a plain file."""
        path = self._corrections_path(take) if take else None
        return _read(Corrections, path) if path else Corrections()

    def correct(self, take: Take, corrections: Corrections) -> None:
        """Keeps a take's corrections: they go over whatever is heard from now on."""
        write_whole(self._corrections_path(take), corrections.model_dump_json(indent=1).encode())

    def turns(self, take: Take | None) -> tuple[Turn, ...]:
        """Who speaks when, where a person said so; none for a plain file."""
        path = self._turns_path(take) if take else None
        return tuple(read_rttm(path.read_text("utf-8"), str(path))) if path and path.is_file() else ()

    def tell_turns(self, take: Take, turns: Sequence[Turn]) -> None:
        """Keeps who speaks when: it goes before whatever is heard from now on. Without any turns it is heard again."""
        path = self._turns_path(take)
        if turns:
            write_whole(path, write_rttm(turns, take.label).encode())
        else:
            path.unlink(missing_ok=True)

    def known_voices(self, take: Take | None) -> tuple[KnownVoice, ...]:
        """The voices that were named in a take's project."""
        return _read(KnownVoices, self._voices_path(take)).voices if take else ()

    def know_voices(self, take: Take, voices: Sequence[KnownVoice]) -> None:
        """Keeps the named voices of a take's project."""
        known = KnownVoices(voices=tuple(voices))
        write_whole(self._voices_path(take), known.model_dump_json(indent=1).encode())

    def _corrections_path(self, take: Take) -> Path:
        return transcript_path(self._studio, take.id, take.label, take.digest).with_suffix(".corrections.json")

    def _turns_path(self, take: Take) -> Path:
        return transcript_path(self._studio, take.id, take.label, take.digest).with_suffix(".told.rttm")

    def _voices_path(self, take: Take) -> Path:
        return self._project_folder(take) / "transcripts" / "voices.json"

    def _project_folder(self, take: Take) -> Path:
        return self._studio.folder / self._studio.project(take.project_id).folder


def _read(kind: type[_Kept], path: Path) -> _Kept:
    """What a person had written down; nothing where there is no such file. EngineError where it is broken."""
    if not path.is_file():
        return kind()
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValueError as error:
        raise EngineError(
            f"{path} is not what Cleanwater wrote: {problems(error)}.", "Put it back from a copy, or move it away."
        ) from error
