"""Words are heard, and become cues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.artefact import write_whole
from engine.errors import EngineError, RequestError
from engine.jobs import JobContext, Watched
from engine.speech import Cue, Transcript, cues_from, open_transcriber
from engine.work.parameters import CaptionParameters, TranscribeParameters

if TYPE_CHECKING:
    from engine.studio import Studio, Subject


def transcribe(studio: Studio, asked: TranscribeParameters, context: JobContext) -> dict[str, Any]:
    """{path, sha256} of the transcript: with the project for a take, by the source's digest for a plain file."""
    subject = studio.subject_again(asked.take, asked.source, asked.source_digest)
    transcript = hear(subject, asked.model, asked.language, context)
    if subject.take:
        project = studio.project(subject.take.project_id)
        path = studio.folder / project.folder / "transcripts" / f"{subject.label}.json"
    else:
        path = studio.folder / "work" / f"{asked.source_digest}.transcript.json"
    return _kept(studio, path, transcript.model_dump_json(indent=2).encode())


def hear(subject: Subject, model: Path | str | None, language: str | None, context: Watched) -> Transcript:
    """Hears a subject's first decodable sound track. RequestError where it has none."""
    from engine.sound import mono_16k

    transcriber = open_transcriber(model)
    if not subject.hears:
        raise RequestError(f"{subject.label} has no sound that can be decoded.", "Name footage with sound.")
    samples = mono_16k(subject.footage.path, None)
    whole = max(1, round(len(samples) / 16))
    return transcriber.transcribe(
        samples,
        language=language,
        progress=lambda share: context.progress(round(share * whole), whole, "ms", subject.label),
        cancelled=context.cancelled,
    )


def caption(studio: Studio, asked: CaptionParameters, context: JobContext, job_id: str) -> dict[str, Any]:
    """{path, sha256} of the cues."""
    cues = cues_from(Transcript.model_validate_json(_intact_bytes(studio, context.results[asked.words])))
    listed = [{"start": str(cue.start), "end": str(cue.end), "text": cue.text} for cue in cues]
    path = studio.artefacts(asked.take) / "captions" / f"{job_id}.json"
    return _kept(studio, path, json.dumps(listed, ensure_ascii=False, indent=1).encode())


def read_cues(studio: Studio, result: Mapping[str, Any]) -> list[Cue]:
    """The cues that a caption job made."""
    listed = json.loads(_intact_bytes(studio, result))
    return [Cue(Fraction(cue["start"]), Fraction(cue["end"]), cue["text"]) for cue in listed]


def content_intact(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether a kept file is there, with the content it was written with."""
    path = studio.folder / str(result["path"])
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == result["sha256"]


def _intact_bytes(studio: Studio, result: Mapping[str, Any]) -> bytes:
    path = studio.folder / str(result["path"])
    if not content_intact(studio, result):
        raise EngineError(f"{path} is gone, or was changed after it was made.", "Ask again: it will be made anew.")
    return path.read_bytes()


def _kept(studio: Studio, path: Path, content: bytes) -> dict[str, Any]:
    write_whole(path, content)
    return {"path": str(studio.below(path)), "sha256": hashlib.sha256(content).hexdigest()}
