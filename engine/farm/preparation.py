"""Makes work orders and takes answers in, on a thread: the studio process must not wait while inputs are hashed."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from engine.atomic_files import make_folder
from engine.catalog import Catalog, Job, Take
from engine.errors import EngineError
from engine.farm.attempt import Digests, said
from engine.farm.incoming import discard_incoming, incoming_folder
from engine.farm.software import Identity
from engine.farm.work_order import Content, OrderedFile, WorkAnswer, WorkOrder
from engine.file_digest import sha256_of
from engine.file_stamp import FileStamp, read_stamp
from engine.jobs import JobKind
from engine.jobs.job_process import AttemptResult, kinds_of
from engine.jobs.kind import dependencies_first

# Folders of a studio, and of a project, in which jobs of other machines may have their files.
_STUDIO_FOLDERS, _PROJECT_FOLDERS = ("work",), ("proxies", "transcripts", "work")
_USAGE = ("cpu_seconds", "peak_memory")

logger = logging.getLogger("engine.farm")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A work order without a lease, what its inputs show, and whether its bytes can be compared."""

    job_id: str
    attempt: int
    order: WorkOrder
    contents: frozenset[Content]
    exact: bool


@dataclass(frozen=True, slots=True)
class Unprepared:
    """A job that must run on this machine, and why."""

    job_id: str
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class TakenIn:
    """An answer whose outputs are in their places; or, without a result, why it cannot be used."""

    job_id: str
    attempt: int
    lease: str
    result: AttemptResult | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Digested:
    """The outputs of a job that was done on this machine; None if they cannot be read."""

    job_id: str
    digests: Digests | None


Done = Prepared | Unprepared | TakenIn | Digested


class Preparation:
    """The thread, with the job kinds and a connection to the catalog of its own. `done` is called on it."""

    def __init__(
        self,
        studio: Path,
        job_kinds: str,
        identity: Callable[[], Identity | None],
        done: Callable[[Done], None],
    ) -> None:
        self._studio = studio
        self._job_kinds = job_kinds
        self._find_identity = identity
        self._done = done
        self._tasks: queue.SimpleQueue[Callable[[], Done | None] | None] = queue.SimpleQueue()
        self._kinds: Mapping[str, JobKind[Any]] | None = None
        self._hashes: dict[tuple[Path, FileStamp], str] = {}
        self._thread: threading.Thread | None = None
        self.remote_kinds: frozenset[str] | None = None
        self.identity: Identity | None = None

    def load(self) -> None:
        """Load the job kinds, so that `remote_kinds` and `identity` are known soon. It takes a second or two."""
        self._ask(lambda: None)

    def prepare(self, job: Job, results: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the work order of a job: Prepared or Unprepared."""
        self._ask(lambda: self._prepare(job, results))

    def take_in(self, job: Job, lease: str, answer: WorkAnswer) -> None:
        """Put the outputs of an answer in their places: TakenIn."""
        self._ask(lambda: self._take_in(job, lease, answer))

    def digest(self, job: Job) -> None:
        """Hash the outputs of a job that is done: Digested."""
        self._ask(lambda: self._digest(job))

    def discard(self, lease: str) -> None:
        """Remove the outputs that have come for a lease that is over."""
        self._ask(lambda: discard_incoming(self._studio, lease))

    def close(self) -> None:
        """End the thread after what it does now."""
        if self._thread:
            self._tasks.put(None)
            self._thread.join()

    def _ask(self, task: Callable[[], Done | None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="farm-preparation")
            self._thread.start()
        self._tasks.put(task)

    def _run(self) -> None:
        self._catalog = Catalog.in_studio(self._studio)
        try:
            self._kinds = kinds_of(self._job_kinds, self._studio)
        except Exception:
            logger.exception("the job kinds could not be loaded")
            self._kinds = {}
        self.remote_kinds = frozenset(name for name, kind in self._kinds.items() if kind.remote)
        try:
            self.identity = self._find_identity()
        except Exception:
            logger.exception("the software of this machine could not be named")
        while task := self._tasks.get():
            if (done := task()) is not None:
                self._done(done)
        self._catalog.close()

    # Work orders

    def _prepare(self, job: Job, results: Mapping[str, Mapping[str, Any]]) -> Done:
        try:
            return self._order(job, results)
        except EngineError as error:
            return Unprepared(job.id, job.attempts, error.message)
        except Exception as error:
            logger.exception("%s %s cannot be given away", job.id[:8], job.title)
            return Unprepared(job.id, job.attempts, f"its inputs could not be read: {error}")

    def _order(self, job: Job, results: Mapping[str, Mapping[str, Any]]) -> Prepared:
        kind = self._kind(job)
        assert kind.remote is not None
        parameters = kind.parameters.model_validate(job.parameters)
        takes = list(kind.remote.takes(parameters))
        files, places, sources = [], {}, {}
        for given in kind.remote.inputs(parameters, results):
            digest = self._sha256(given.path)
            if (place := given.path.resolve()) != (self._studio / given.place).resolve():
                self._require_readable(given.path, takes)
                sources[digest] = place
            files.append(
                OrderedFile(
                    path=given.place.as_posix(),
                    sha256=digest,
                    size=given.path.stat().st_size,
                    content=given.content,
                )
            )
            places[given.path] = given.place
        moved = {str(path): place.as_posix() for path, place in places.items()}
        order = WorkOrder(
            lease="",
            job_id=job.id,
            attempt=job.attempts,
            kind=job.kind,
            kind_version=kind.version,
            title=job.title,
            parameters=_moved(job.parameters, moved),
            results={needed: _moved(result, moved) for needed, result in results.items()},
            rows=self._rows(takes, places),
            files=tuple(files),
            cpu=job.cpu,
            memory=job.memory,
            gpu=job.gpu,
            identity=kind.remote.identity(parameters),
            sources=sources,
        )
        contents = frozenset(one.content for one in files)
        return Prepared(job.id, job.attempts, order, contents, kind.remote.exact)

    def _require_readable(self, path: Path, take_ids: Iterable[str]) -> None:
        """Raise EngineError for a file outside the studio that the job which serves files may not read.

        Its sandbox lets it read the footage that the catalog had when it began.
        """
        listener = self._catalog.farm.listener()
        for take in filter(None, map(self._catalog.take, take_ids)):
            if take.in_place and path in (take.path, *take.sidecars):
                if listener and take.arrived_at < listener.since:
                    return
                raise EngineError(
                    f"{path.name} was added after the farm was switched on, and stays on this machine until it is "
                    "switched off and on again",
                    "",
                )
        raise EngineError(f"{path.name} is not in the studio folder, and stays on this machine", "")

    def _rows(self, take_ids: Iterable[str], places: Mapping[Path, Path]) -> dict[str, list[dict[str, Any]]]:
        takes = [take for take_id in take_ids if (take := self._catalog.take(take_id))]
        wanted = {take.project_id for take in takes}
        projects = [project for project in self._catalog.projects() if project.id in wanted]
        return {
            "project": [project.model_dump(mode="json") for project in projects],
            "take": [_elsewhere(take, places).model_dump(mode="json") for take in takes],
        }

    def _sha256(self, path: Path) -> str:
        # A take is the input of many chunks.
        key = (path, read_stamp(path))
        if key not in self._hashes:
            self._hashes[key] = sha256_of(path)
        return self._hashes[key]

    def _kind(self, job: Job) -> JobKind[Any]:
        assert self._kinds is not None
        return self._kinds[job.kind]

    # Answers

    def _take_in(self, job: Job, lease: str, answer: WorkAnswer) -> Done:
        try:
            return TakenIn(job.id, job.attempts, lease, self._taken_in(job, lease, answer))
        except EngineError as error:
            return TakenIn(job.id, job.attempts, lease, None, error.message)
        except Exception as error:  # whatever a job kind raises for a result that is not one
            return TakenIn(job.id, job.attempts, lease, None, f"its answer cannot be used: {said(str(error))}")

    def _taken_in(self, job: Job, lease: str, answer: WorkAnswer) -> AttemptResult:
        kind = self._kind(job)
        assert kind.remote is not None
        if answer.result is None:
            raise EngineError("it sent no result", "")
        parameters = kind.parameters.model_validate(job.parameters)
        expected = {path.as_posix() for path in kind.remote.outputs(parameters, answer.result)}
        files = {one.path: one for one in answer.files}
        if expected != files.keys():
            missing = ", ".join(sorted(expected ^ files.keys())[:3])
            raise EngineError(f"its outputs are not those of its result: {missing}", "")
        if refused := next((path for path in expected if not is_output_path(path, job.id)), None):
            raise EngineError(f"it would write {refused}", "")
        for one in answer.files:
            _place(incoming_folder(self._studio, lease) / one.sha256, self._studio / one.path, one.size)
        kind.remote.accept(parameters, answer.result)
        if not kind.is_current(answer.result):
            raise EngineError("its result is not valid", "")
        # Jobs to follow are never taken from another machine, nor columns of the catalog.
        follow = [step.as_job() for step in dependencies_first(kind.successors(parameters, answer.result))]
        usage = {name: float(value) for name, value in (answer.usage or {}).items() if name in _USAGE}
        return AttemptResult(
            "done", answer.result, successors=tuple(one.model_dump(mode="json") for one in follow), usage=usage
        )

    def _digest(self, job: Job) -> Done:
        try:
            kind = self._kind(job)
            assert kind.remote is not None
            paths = kind.remote.outputs(kind.parameters.model_validate(job.parameters), job.result or {})
            found = tuple(sorted((path.as_posix(), sha256_of(self._studio / path)) for path in paths))
        except Exception:
            return Digested(job.id, None)
        return Digested(job.id, found)


def is_output_path(path: str, job_id: str) -> bool:
    """Return whether a job of another machine may have a file put here: among intermediate files.

    Of the job system's files, only those in a subfolder of the job's own folder.
    """
    place = PurePosixPath(path)
    parts = place.parts
    if place.is_absolute() or ".." in parts or "\0" in path or place.as_posix() != path:
        return False
    if parts[:2] == ("work", "jobs"):
        return len(parts) > 4 and parts[2] == job_id and parts[3] != "tmp"
    if parts[:2] == ("work", "cache"):
        return False
    return (len(parts) > 1 and parts[0] in _STUDIO_FOLDERS) or (len(parts) > 2 and parts[1] in _PROJECT_FOLDERS)


def _elsewhere(take: Take, places: Mapping[Path, Path]) -> Take:
    """The row of a take on another machine, which does not learn where in-place footage is."""
    if not take.in_place:
        return take.model_copy(update={"batch_id": None})
    path, *sidecars = (places.get(one, Path(one.name)) for one in (take.path, *take.sidecars))
    changes = {"path": path, "sidecars": tuple(sidecars), "in_place": False, "batch_id": None}
    return take.model_copy(update=changes)


def _moved(value: Any, places: Mapping[str, str]) -> Any:
    """A JSON value in which the places of this machine are those on another one."""
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, Mapping):
        return {name: _moved(part, places) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(part, places) for part in value]
    return value


def _place(source: Path, target: Path, size: int) -> None:
    """Put a verified output in its place. Two outputs may have the same content."""
    if source.stat().st_size != size:
        raise EngineError("an output has another size than its answer says", "")
    make_folder(target.parent)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    os.link(source, part)
    os.replace(part, target)
