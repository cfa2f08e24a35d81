"""One recipe for many takes: each on its own, so that one that fails stops no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.catalog import Encoding, Project, Take
from engine.deliver import RECEIPT, Delivered, Order, Recipe, refuse_impossible
from engine.errors import Cancelled, EngineError, GateError, RequestError
from engine.studio import Studio, Subject, names_a_file
from engine.work import DeliverParameters, failure


@dataclass(frozen=True, slots=True)
class Request:
    """What the director asks for. No sources: every take of the project. `start` and `end` in seconds."""

    recipe: Recipe
    sources: tuple[str, ...] = ()
    project: str | None = None
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    input_transform: Encoding | None = None
    folder: Path | None = None
    model: str | None = None
    language: str | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it, take by take."""

    delivered: list[Delivered] = field(default_factory=list)
    folder: Path | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)
    waiting: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)

    @property
    def receipt(self) -> Path | None:
        """Where the receipt lies."""
        return self.folder / RECEIPT if self.folder and self.delivered else None

    @property
    def exit_code(self) -> int:
        """1 where work failed or a check did not pass, 3 where a take waits for the director, else 0."""
        if self.failed or not all(delivered.passed for delivered in self.delivered):
            return 1
        return GateError.exit_code if self.waiting else 0

    def as_json(self) -> dict[str, Any]:
        """For the command line: absolute paths, each file and check with its take."""
        assert self.folder is not None
        return {
            "files": [
                {**file.model_dump(), "path": str(self.folder / file.path), "take": delivered.take}
                for delivered in self.delivered
                for file in delivered.files
            ],
            "checks": [
                {**check.model_dump(), "take": delivered.take}
                for delivered in self.delivered
                for check in delivered.checks
            ],
            "receipt": str(self.receipt) if self.receipt else None,
            "skipped": self.skipped,
            "waiting": self.waiting,
            "failed": self.failed,
        }


def deliver_all(studio: Studio, request: Request) -> Outcome:
    """Delivers take after take. What a recipe cannot use is skipped; with a single source that is an error.

    Raises RequestError where nothing was to be delivered, Cancelled where the director stopped.
    """
    sources, project = _sources(studio, request)
    folder = request.folder or (
        (studio.folder / project.folder if project else Path.cwd()) / "deliverables" / request.recipe.name
    )
    names = [Path(source).stem for source in sources if isinstance(source, str)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RequestError(
            f"More than one of these files is called {', '.join(twice)}.",
            "Deliver them one by one, each with its own -o.",
        )
    outcome = Outcome(folder=folder.absolute())
    for source in sources:
        try:
            subject = studio.subject_of(source) if isinstance(source, Take) else studio.file(source)
            outcome.delivered.append(_deliver(studio, request, subject, project, folder))
        except Cancelled:
            raise
        except EngineError as error:
            if len(sources) == 1:
                raise
            kind = {GateError: outcome.waiting, RequestError: outcome.skipped}.get(type(error), outcome.failed)
            kind.append(failure(source.label if isinstance(source, Take) else source, error))
    if not outcome.delivered and not outcome.waiting and not outcome.failed:
        why = outcome.skipped[0]["message"] if outcome.skipped else "The project has no takes."
        raise RequestError(f"There is nothing for {request.recipe.name} to deliver: {why}", "cwtui takes lists them.")
    return outcome


def _sources(studio: Studio, request: Request) -> tuple[list[Take | str], Project | None]:
    if request.project is None and request.sources and all(names_a_file(source) for source in request.sources):
        return list(request.sources), None
    project = studio.project(request.project)
    if request.sources:
        return list({take.id: take for take in (studio.take(s, project) for s in request.sources)}.values()), project
    return [*studio.takes(project)], project


def _deliver(studio: Studio, request: Request, subject: Subject, project: Project | None, folder: Path) -> Delivered:
    transform = request.input_transform or subject.input_transform
    refuse_impossible(Order(subject.footage, subject.label, request.recipe, transform, request.start, request.end))
    words = None
    hears = any(track.decodable for track in subject.footage.probe.sound)
    if request.recipe.needs_words and hears:
        words = studio.transcript(subject, request.model, request.language)
    parameters = DeliverParameters.ask(
        subject,
        request.recipe,
        folder,
        input_transform=transform,
        start=request.start,
        end=request.end,
        words=words,
    )
    return Delivered.model_validate(studio.deliver(parameters, project)["delivered"])
