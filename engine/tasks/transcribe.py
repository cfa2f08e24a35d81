"""Words are heard, voices told apart, both put together, and become cues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.atomic_files import write_atomic
from engine.errors import EngineError, RequestError
from engine.jobs import JobContext, ProgressSink
from engine.speech import Cue, Diarization, Transcript, apply_corrections, write_rttm
from engine.tasks.parameters import CaptionParameters, DiarizeParameters, TranscribeParameters, TranscriptParameters
from engine.tasks.paths import transcript_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.studio import Studio
    from engine.transfer import Subject


def transcribe(studio: Studio, parameters: TranscribeParameters, context: JobContext, job_id: str) -> dict[str, Any]:
    """{path, sha256} of the words as they were heard."""
    subject = studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest)
    heard = transcribe_subject(subject, parameters.model, parameters.language, context, parameters.glossary)
    path = studio.artifact_folder(parameters.take) / "words" / f"{job_id}.json"
    return _store(studio, path, heard.model_dump_json(indent=2).encode())


def diarize(studio: Studio, parameters: DiarizeParameters, context: JobContext, job_id: str) -> dict[str, Any]:
    """{path, sha256} of who speaks when."""
    subject = studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest)
    found = diarize_subject(subject, parameters.model, parameters.speakers, context)
    path = studio.artifact_folder(parameters.take) / "voices" / f"{job_id}.json"
    return _store(studio, path, found.model_dump_json(indent=1).encode())


def build_transcript(studio: Studio, parameters: TranscriptParameters, context: JobContext) -> dict[str, Any]:
    """{path, sha256} of the transcript: with the project for a take, by the source's digest for a plain file.

    Where speakers were told apart, their turns lie beside it as RTTM.
    """
    path = transcript_path(studio, parameters.take, parameters.label, parameters.source_digest)
    voices = _diarization(studio, parameters, context)
    if voices:
        write_atomic(path.with_suffix(".rttm"), write_rttm(voices.turns, parameters.label).encode())
    return _store(studio, path, _transcript(studio, parameters, context).model_dump_json(indent=2).encode())


def _transcript(studio: Studio, parameters: TranscriptParameters, context: JobContext) -> Transcript:
    from engine.speech import with_speakers

    transcript = Transcript.model_validate_json(_current_bytes(studio, context.results[parameters.words]))
    if voices := _diarization(studio, parameters, context):
        transcript = with_speakers(transcript, voices, parameters.known)
    return apply_corrections(transcript, parameters.corrections)


def _diarization(studio: Studio, parameters: TranscriptParameters, context: JobContext) -> Diarization | None:
    """Who speaks when, as a person says, or else as it was heard; None where neither is."""
    if parameters.turns:
        from engine.speech import diarization_from_turns

        return diarization_from_turns(parameters.turns)
    if parameters.voices is None:
        return None
    return Diarization.model_validate_json(_current_bytes(studio, context.results[parameters.voices]))


def transcribe_subject(
    subject: Subject,
    model: Path | str | None,
    language: str | None,
    context: ProgressSink,
    glossary: Sequence[str] = (),
) -> Transcript:
    """Transcribes the sound track of a subject that is heard. RequestError where it has none."""
    from engine.sound import channel_correction
    from engine.speech import open_transcriber

    transcriber = open_transcriber(model)
    track = _track(subject)
    samples = _samples(subject)
    transcript = transcriber.transcribe(
        samples,
        language=language,
        glossary=glossary,
        progress=_in_milliseconds(subject, samples, context),
        cancelled=context.cancelled,
    )
    notes = channel_correction(subject.footage.path, track).notes
    return transcript.model_copy(update={"notes": (*transcript.notes, *notes)}) if notes else transcript


def diarize_subject(
    subject: Subject, model: Path | str | None, speakers: int | None, context: ProgressSink
) -> Diarization:
    """Tells the speakers of a subject's first decodable sound track apart. RequestError where it has none."""
    from engine.speech import open_diarizer

    diarizer = open_diarizer(model)
    samples = _samples(subject)
    return diarizer.diarize(
        samples,
        speakers=speakers,
        progress=_in_milliseconds(subject, samples, context),
        cancelled=context.cancelled,
    )


def _samples(subject: Subject) -> NDArray[np.float32]:
    from engine.sound import mono_16k

    return mono_16k(subject.footage.path, _track(subject))


def _track(subject: Subject) -> int:
    """The index of the sound track that is heard. RequestError where there is none."""
    from engine.sound import audible_track

    track = audible_track(subject.footage.path, subject.footage.probe)
    if not subject.has_sound or track is None:
        raise RequestError(f"{subject.label} has no sound that can be decoded.", "Name footage with sound.")
    return track.index


def _in_milliseconds(subject: Subject, samples: NDArray[np.float32], context: ProgressSink) -> Callable[[float], None]:
    whole = max(1, round(len(samples) / 16))
    return lambda share: context.progress(round(share * whole), whole, "ms", subject.label)


def caption(studio: Studio, parameters: CaptionParameters, context: JobContext, job_id: str) -> dict[str, Any]:
    """{path, sha256} of the cues."""
    from engine.speech import cues_from

    transcript = _transcript(studio, parameters, context)
    # The picture of a take may outlast its sound.
    length = studio.take_by_id(parameters.take).probe.duration if parameters.take else None
    spoken = transcript if parameters.speakers else transcript.anonymous()
    cues = cues_from(spoken, frame=parameters.frame, end=length)
    listed = [{**asdict(cue), "start": str(cue.start), "end": str(cue.end)} for cue in cues]
    path = studio.artifact_folder(parameters.take) / "captions" / f"{job_id}.json"
    said = {"language": transcript.language, "cues": listed}
    return _store(studio, path, json.dumps(said, ensure_ascii=False, indent=1).encode())


def read_cues(studio: Studio, result: Mapping[str, Any]) -> tuple[list[Cue], str]:
    """The cues that a caption job made, and the language they are in."""
    said = json.loads(_current_bytes(studio, result))
    cues = [Cue(**{**cue, "start": Fraction(cue["start"]), "end": Fraction(cue["end"])}) for cue in said["cues"]]
    return cues, said["language"]


def content_is_current(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether a kept file is there, with the content it was written with."""
    path = studio.folder / str(result["path"])
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == result["sha256"]


def _current_bytes(studio: Studio, result: Mapping[str, Any]) -> bytes:
    path = studio.folder / str(result["path"])
    if not content_is_current(studio, result):
        raise EngineError(f"{path} is gone, or was changed after it was made.", "Ask again: it will be made anew.")
    return path.read_bytes()


def _store(studio: Studio, path: Path, content: bytes) -> dict[str, Any]:
    write_atomic(path, content)
    return {"path": str(studio.relative_path(path)), "sha256": hashlib.sha256(content).hexdigest()}
