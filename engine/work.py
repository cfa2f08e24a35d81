"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from engine.artefact import write_whole
from engine.catalog import Encoding, Exact, Project
from engine.deliver import Order, Recipe, make, read_receipt
from engine.errors import EngineError, RequestError
from engine.jobs import JobContext, Kind
from engine.speech import Transcript, cues_from, locate_model, open_transcriber
from engine.transfer import bring_in

if TYPE_CHECKING:
    from engine.studio import Studio, Subject


class _Parameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestParameters(_Parameters):
    """Bring these files and folders into a project. Asked anew each time: folders change."""

    project: str
    paths: tuple[Path, ...]
    input_transform: Encoding | None
    in_place: bool
    asked_at: datetime

    @classmethod
    def ask(
        cls, project: Project, paths: Sequence[Path], transform: Encoding | None, in_place: bool
    ) -> IngestParameters:
        """The question as of now."""
        whole = tuple(Path(os.path.abspath(path)) for path in paths)
        return cls(
            project=project.id, paths=whole, input_transform=transform, in_place=in_place, asked_at=datetime.now(UTC)
        )


class TranscribeParameters(_Parameters):
    """The words of a take or file, heard by one model."""

    take: str | None
    source: Path
    source_digest: str
    label: str
    model: str | None
    model_digest: str
    language: str | None

    @classmethod
    def ask(cls, subject: Subject, model: str | None, language: str | None) -> TranscribeParameters:
        """The question for this subject and the model that is found here."""
        return cls(
            take=subject.take.id if subject.take else None,
            source=subject.footage.path,
            source_digest=subject.digest(),
            label=subject.label,
            model=model,
            model_digest=locate_model(model).digest,
            language=language,
        )


class DeliverParameters(_Parameters):
    """One recipe for one stretch of one take or file; `words_digest` addresses its captions."""

    take: str | None
    source: Path
    source_digest: str
    label: str
    recipe: Recipe
    input_transform: Encoding | None
    start: Exact
    end: Exact | None
    words: Path | None
    words_digest: str | None
    folder: Path

    @classmethod
    def ask(
        cls,
        subject: Subject,
        recipe: Recipe,
        folder: Path,
        *,
        input_transform: Encoding | None = None,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        words: Path | None = None,
    ) -> DeliverParameters:
        """The question for this subject; a stretch of it carries its times in its name."""
        stretch = "" if not start and end is None else f" {_moment(start)}-{_moment(end)}"
        return cls(
            take=subject.take.id if subject.take else None,
            source=subject.footage.path,
            source_digest=subject.digest(),
            label=subject.label + stretch,
            recipe=recipe,
            input_transform=input_transform,
            start=start,
            end=end,
            words=words,
            words_digest=hashlib.sha256(words.read_bytes()).hexdigest() if words else None,
            folder=Path(os.path.abspath(folder)),
        )


class Work:
    """The studio's kinds of job, bound to it."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.ingest = Kind("ingest", 1, IngestParameters, self._ingest, _title_ingest, lambda result: False)
        self.transcribe = Kind(
            "transcribe", 1, TranscribeParameters, self._transcribe, lambda p: f"transcribe {p.label}", _words_intact
        )
        self.deliver = Kind(
            "deliver", 1, DeliverParameters, self._deliver, lambda p: f"{p.recipe.name}: {p.label}", _delivery_intact
        )

    def _ingest(self, asked: IngestParameters, context: JobContext) -> dict[str, Any]:
        studio = self._studio
        arrivals = bring_in(
            studio.catalog,
            studio.folder,
            studio.project(asked.project),
            asked.paths,
            input_transform=asked.input_transform,
            in_place=asked.in_place,
            progress=lambda done, total, name: context.progress(done, total, "bytes", name),
            cancelled=context.cancelled,
        )
        for take in arrivals.takes:
            studio.subject_of(take)
        return {
            "takes": [take.model_dump(mode="json") for take in arrivals.takes],
            "already_here": [take.model_dump(mode="json") for take in arrivals.already_here],
            "failed": [failure(path, error) for path, error in arrivals.failed],
            "left_alone": [str(path) for path in arrivals.left_alone],
            "seal": str(arrivals.seal) if arrivals.seal else None,
        }

    def _transcribe(self, asked: TranscribeParameters, context: JobContext) -> dict[str, Any]:
        studio = self._studio
        subject = self._subject(asked.take, asked.source)
        transcript = transcribe(subject, asked.model, asked.language, context)
        if subject.take:
            project = studio.project(subject.take.project_id)
            path = studio.folder / project.folder / "transcripts" / f"{subject.label}.json"
        else:
            path = studio.folder / "work" / f"{asked.source_digest}.transcript.json"
        content = transcript.model_dump_json(indent=2).encode()
        write_whole(path, content)
        return {"path": str(path), "sha256": hashlib.sha256(content).hexdigest()}

    def _deliver(self, asked: DeliverParameters, context: JobContext) -> dict[str, Any]:
        subject = self._subject(asked.take, asked.source)
        cues = cues_from(Transcript.model_validate_json(asked.words.read_bytes())) if asked.words else []
        order = Order(
            footage=subject.footage,
            label=asked.label,
            recipe=asked.recipe,
            input_transform=asked.input_transform,
            start=asked.start,
            end=asked.end,
            cues=cues,
        )
        delivered = make(
            order,
            asked.folder,
            source_digest=asked.source_digest,
            progress=context.progress,
            cancelled=context.cancelled,
        )
        return {"folder": str(asked.folder), "delivered": delivered.model_dump(mode="json")}

    def _subject(self, take_id: str | None, source: Path) -> Subject:
        if take_id is None:
            return self._studio.file(str(source))
        take = next(take for take in self._studio.catalog.takes() if take.id == take_id)
        return self._studio.subject_of(take)


def transcribe(subject: Subject, model: str | None, language: str | None, context: JobContext) -> Transcript:
    """Hears a subject's first decodable sound track. A subject without one has no words."""
    from engine.sound import mono_16k

    transcriber = open_transcriber(model)
    hears = any(track.decodable for track in subject.footage.probe.sound)
    if not hears:
        raise RequestError(f"{subject.label} has no sound that can be decoded.", "Name footage with sound.")
    samples = mono_16k(subject.footage.path, None)
    whole = max(1, round(len(samples) / 16))
    return transcriber.transcribe(
        samples,
        language=language,
        progress=lambda share: context.progress(round(share * whole), whole, "ms", subject.label),
        cancelled=context.cancelled,
    )


def failure(path: Path | str, error: EngineError) -> dict[str, str]:
    """What went wrong with one of many, for people and for JSON."""
    return {"path": str(path), "message": error.message, "hint": error.hint}


def _title_ingest(asked: IngestParameters) -> str:
    names = ", ".join(path.name for path in asked.paths[:3])
    return f"ingest {names}" + (" …" if len(asked.paths) > 3 else "")


def _words_intact(result: Mapping[str, Any]) -> bool:
    path = Path(result["path"])
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == result["sha256"]


def _delivery_intact(result: Mapping[str, Any]) -> bool:
    """Its files are there, and the receipt still speaks of these very ones."""
    folder = Path(result["folder"])
    try:
        listed = {file.path: file.sha256 for d in read_receipt(folder).deliveries for file in d.files}
    except EngineError:
        return False
    files = result["delivered"]["files"]
    return all(
        listed.get(file["path"]) == file["sha256"]
        and (folder / file["path"]).is_file()
        and (folder / file["path"]).stat().st_size == file["bytes"]
        for file in files
    ) and all(check["passed"] for check in result["delivered"]["checks"])


def _moment(time: Fraction | None) -> str:
    return "end" if time is None else f"{float(time):.3f}s"
