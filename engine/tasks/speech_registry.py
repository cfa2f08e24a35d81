"""The kinds of job about what is said, and the graphs they are asked in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel, JobState, Take, problems
from engine.errors import EngineError, RequestError
from engine.jobs import GIB, JobKind, JobRequest, ResourceNeeds
from engine.speech import (
    Corrections,
    KnownVoice,
    SpeakerTurn,
    locate_diarizer,
    locate_model,
    read_glossary,
    read_rttm,
    write_rttm,
)
from engine.tasks.parameters import CaptionParameters, DiarizeParameters, TranscribeParameters, TranscriptParameters
from engine.tasks.paths import transcript_path
from engine.tasks.requests import DAYS, REQUESTED, model_reference, project_of, subject_parameters
from engine.tasks.transcribe import build_transcript, caption, content_is_current, diarize, transcribe
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import Subject

_Kept = TypeVar("_Kept", bound=FrozenModel)


class KnownVoices(FrozenModel):
    """The voices that a person named in a project."""

    voices: tuple[KnownVoice, ...] = ()


class SpeechTasks:
    """Kinds of work on what is said in one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.transcribe = JobKind(
            "transcribe",
            4,
            TranscribeParameters,
            lambda parameters, context: transcribe(studio, parameters, context, self.transcribe.content_id(parameters)),
            lambda p: f"transcribe {p.label}",
            lambda result: content_is_current(studio, result),
            needs=ResourceNeeds(cpu=2, memory=6 * GIB, cpu_seconds=7 * DAYS),
        )
        self.diarize = JobKind(
            "diarize",
            2,
            DiarizeParameters,
            lambda parameters, context: diarize(studio, parameters, context, self.diarize.content_id(parameters)),
            lambda p: f"diarize {p.label}",
            lambda result: content_is_current(studio, result),
            needs=ResourceNeeds(cpu=2, memory=4 * GIB, cpu_seconds=7 * DAYS),
        )
        self.transcript = JobKind(
            "transcript",
            2,
            TranscriptParameters,
            lambda parameters, context: build_transcript(studio, parameters, context),
            lambda p: f"transcript of {p.label}",
            lambda result: content_is_current(studio, result),
            mutex=lambda p: f"transcript {p.take or p.source_digest}",
        )
        self.caption = JobKind(
            "caption",
            3,
            CaptionParameters,
            lambda parameters, context: caption(studio, parameters, context, self.caption.content_id(parameters)),
            lambda p: f"caption {p.label}",
            lambda result: content_is_current(studio, result),
        )

    def kinds(self) -> Mapping[str, JobKind[Any]]:
        """All of them, by name."""
        return {kind.name: kind for kind in (self.transcribe, self.diarize, self.transcript, self.caption)}

    def transcribe_request(self, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED) -> JobRequest:
        """The words of a subject, heard by the model that is found here, with the project's glossary."""
        found = locate_model(options.model)
        terms = options.glossary or self.glossary(subject.take)
        parameters = TranscribeParameters(
            **subject_parameters(subject),
            model=model_reference(found),
            model_digest=found.digest,
            language=options.language,
            glossary=terms,
        )
        return JobRequest(self.transcribe, parameters, project_of(subject), priority=priority)

    def diarize_request(self, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED) -> JobRequest:
        """Who speaks when. RequestError where there is no model for it."""
        found = locate_diarizer(options.diarizer)
        parameters = DiarizeParameters(
            **subject_parameters(subject),
            model=options.diarizer or found.id,
            model_digest=found.digest,
            speakers=options.count or self.corrections(subject.take).speakers,
        )
        return JobRequest(self.diarize, parameters, project_of(subject), priority=priority)

    def transcript_request(self, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED) -> JobRequest:
        """The transcript of a subject: words, speakers where they are told apart, a person's corrections."""
        words, voices = self._speech_requests(subject, options, priority)
        parameters = TranscriptParameters(
            **subject_parameters(subject),
            words=words.id,
            voices=voices.id if voices else None,
            turns=self._given_turns(subject, options),
            known=self.known_voices(subject.take) if voices else (),
            corrections=self.corrections(subject.take).corrections,
        )
        return JobRequest(
            self.transcript, parameters, project_of(subject), (words, voices) if voices else (words,), priority
        )

    def fullest_transcript_request(
        self, subject: Subject, priority: int, options: TranscribeOptions = DEFAULT_OPTIONS
    ) -> JobRequest:
        """The transcript with its speakers where there is a model that tells them apart."""
        try:
            return self.transcript_request(subject, replace(options, speakers=True), priority)
        except RequestError:
            return self.transcript_request(subject, replace(options, speakers=False), priority)

    def options_of(self, caption: str) -> TranscribeOptions:
        """How the words of a caption job (by its id) were heard."""
        queue = self._studio.catalog.queue
        job = queue.job(caption)
        heard = queue.job(job.parameters["words"]) if job else None
        if heard is None:
            return DEFAULT_OPTIONS
        parameters = TranscribeParameters.model_validate(heard.parameters)
        return TranscribeOptions(model=parameters.model, language=parameters.language, glossary=parameters.glossary)

    def caption_request(self, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED) -> JobRequest:
        """Cues of a subject's words, with who says them where `options.speakers`."""
        words, voices = self._speech_requests(subject, options, priority)
        parameters = CaptionParameters(
            **subject_parameters(subject),
            words=words.id,
            voices=voices.id if voices else None,
            turns=self._given_turns(subject, options),
            known=self.known_voices(subject.take) if voices else (),
            corrections=self.corrections(subject.take).corrections,
            speakers=bool(options.speakers),
            frame=1 / subject.footage.grid.rate if subject.footage.grid else None,
        )
        return JobRequest(
            self.caption, parameters, project_of(subject), (words, voices) if voices else (words,), priority
        )

    def _speech_requests(
        self, subject: Subject, options: TranscribeOptions, priority: int
    ) -> tuple[JobRequest, JobRequest | None]:
        words = self.transcribe_request(subject, options, priority)
        if options.speakers is False or self._given_turns(subject, options):
            return words, None
        try:
            voices = self.diarize_request(subject, options, priority)
        except RequestError:
            if options.speakers:
                raise
            return words, None
        done = self._studio.catalog.queue.job(voices.id)
        found = done is not None and (done.state is JobState.DONE or done.state.open)
        return words, voices if options.speakers or found else None

    def _given_turns(self, subject: Subject, options: TranscribeOptions) -> tuple[SpeakerTurn, ...]:
        return () if options.speakers is False else self.turns(subject.take)

    # What a person wrote beside the transcripts of a project

    def glossary(self, take: Take | None) -> tuple[str, ...]:
        """The names in a project's glossary.txt; none for a plain file, or where there is no such file."""
        path = self._project_folder(take) / "glossary.txt" if take else None
        return read_glossary(path) if path and path.is_file() else ()

    def corrections(self, take: Take | None) -> Corrections:
        """A take's corrections; none for a plain file."""
        path = self._corrections_path(take) if take else None
        return _read(Corrections, path) if path else Corrections()

    def set_corrections(self, take: Take, corrections: Corrections) -> None:
        """Keeps a take's corrections: they go over whatever is heard from now on."""
        write_atomic(self._corrections_path(take), corrections.model_dump_json(indent=1).encode())

    def turns(self, take: Take | None) -> tuple[SpeakerTurn, ...]:
        """Who speaks when, where a person said so; none for a plain file."""
        path = self._turns_path(take) if take else None
        return tuple(read_rttm(path.read_text("utf-8"), str(path))) if path and path.is_file() else ()

    def set_turns(self, take: Take, turns: Sequence[SpeakerTurn]) -> None:
        """Keeps who speaks when: it goes before whatever is heard from now on. Without any turns it is heard again."""
        path = self._turns_path(take)
        if turns:
            write_atomic(path, write_rttm(turns, take.label).encode())
        else:
            path.unlink(missing_ok=True)

    def known_voices(self, take: Take | None) -> tuple[KnownVoice, ...]:
        """The voices that were named in a take's project."""
        return _read(KnownVoices, self._voices_path(take)).voices if take else ()

    def set_known_voices(self, take: Take, voices: Sequence[KnownVoice]) -> None:
        """Keeps the named voices of a take's project."""
        known = KnownVoices(voices=tuple(voices))
        write_atomic(self._voices_path(take), known.model_dump_json(indent=1).encode())

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
