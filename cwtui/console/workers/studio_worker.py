"""Background thread that owns the studio: polls the catalog, posts snapshots, runs queued commands in order."""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.farm_view import read_farm
from cwtui.console.shown_cut import ShownCut
from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.cut_reader import CutChange, CutReader
from cwtui.console.workers.error_report import to_engine_error
from cwtui.queue_status import queue_status
from engine.catalog import Catalog, ChangeCounters, Job, JobState, Project, Queue, Take, in_shooting_order
from engine.errors import EngineError, RequestError
from engine.jobs import find_studio_process
from engine.suggestion import hint_with_suggestion

if TYPE_CHECKING:
    from engine.studio import Studio

Work = Callable[["Studio", "Project | None"], "str | None"]
"""A command on a studio and its project; returns the message to show, if any."""

_Command = Callable[[Callable[[], "Studio"], "Project | None"], "str | None"]

_POLL_INTERVAL_S = 0.1
# For progress alone: more frequent updates would load a slow link.
_PROGRESS_INTERVAL_S = 0.25
_ENVIRONMENT_INTERVAL_S = 2.0
# While jobs are open and no studio process runs: one that was just started appears within a second.
_STARTUP_INTERVAL_S = 0.25
# Sealed folders are due after days.
_VERIFICATION_INTERVAL_S = 3600.0
_MAX_WAITING, _MAX_ENDED = 200, 100
# Above this many takes, a garbage collection delays key handling.
_GC_FREEZE_TAKES = 2000


class SnapshotUpdated(Message):
    """A new snapshot of the studio."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Textual drops pending messages of this type when a newer one is posted."""
        return isinstance(message, SnapshotUpdated)


class Notice(Message):
    """A message for the status line: the result of a command, or its error."""

    def __init__(self, text: str, error: EngineError | None = None) -> None:
        super().__init__()
        self.text = text
        self.error = error


class StudioMissing(Message):
    """The folder has no studio yet. The worker waits for `create_studio`.

    `disk_free` is in bytes. `absent_disk` is a missing parent folder outside the home folder. `error` says why the
    studio could not be created.
    """

    def __init__(self, folder: Path, error: EngineError | None = None) -> None:
        super().__init__()
        parent = next(one for one in folder.absolute().parents if one.exists())
        home = folder.absolute().is_relative_to(Path.home())
        self.disk_free = shutil.disk_usage(parent).free
        self.absent_disk = None if home or folder.parent.exists() else folder.parent
        self.error = error


class StudioOpenFailed(Message):
    """The studio cannot be opened; `error` says why."""

    def __init__(self, error: EngineError) -> None:
        super().__init__()
        self.error = error


class StudioWorker(Thread):
    """Reads and writes one studio. `post` accepts messages from this thread; nothing here touches a widget.

    `project` is shown first, else the current project of the studio. When it is `required` and missing, the studio is
    not opened. A studio is created only after `create_studio`.

    Snapshots come from the catalog alone. The engine, which takes a second to import, is loaded after the first one.
    """

    def __init__(
        self,
        folder: Path,
        project: str | None,
        post: Callable[[Message], object],
        required: bool = False,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(name="studio", daemon=True)
        self._folder = folder
        self._project_name = project
        self._required = required
        self._may_create = False
        self._post = post
        self._today = today
        self._commands: SimpleQueue[tuple[_Command, bool] | None] = SimpleQueue()
        self._catalog: Catalog | None = None
        self._studio: Studio | None = None
        self._idle = Event()
        self._takes: dict[str, Take] = {}
        self._recent: tuple[Job, ...] = ()
        self._pulse: ChangeCounters | None = None
        self._snapshot = Snapshot(folder)
        self._cuts = CutReader(folder, self._open_studio)

    def submit(self, work: Work) -> None:
        """Queue a command. Its result is posted as a Notice, followed by a new snapshot."""
        self._enqueue(lambda studio, project: work(studio(), project), shown=True)

    def submit_write(self, work: Callable[[], None]) -> None:
        """Queue a small write that needs no studio and does not change the snapshot."""
        self._enqueue(lambda studio, project: work(), shown=False)

    def show_cut(self, name: str | None) -> None:
        """Reads a cut of the project, or the first one, into the snapshots from now on."""
        self._enqueue(lambda studio, project: self._cuts.show(name), shown=True)

    def edit_cut(self, change: CutChange, title: str, run: str = "") -> None:
        """Queue an edit of the shown cut. A snapshot with its result is posted before the file is written.

        Edits of one `run` that follow each other are one entry of the journal.
        """

        def preview(shown: ShownCut) -> None:
            self._snapshot = self._snapshot.replace(cut=shown)
            self._post(SnapshotUpdated(self._snapshot))

        def edit(studio: Callable[[], Studio], project: Project | None) -> str | None:
            made = self._cuts.edit(project, change, title, run, preview) if project else None
            return made.title if made else None

        self._enqueue(edit, shown=True)

    def create_studio(self) -> None:
        """Create the missing studio."""

        def allow() -> None:
            self._may_create = True

        self._enqueue(lambda studio, project: allow(), shown=True)

    def switch_project(self, project: str) -> None:
        """Show another project, by name, and make it the current one."""

        def turn() -> None:
            assert self._catalog
            found = next(one for one in self._catalog.projects() if one.name == project)
            self._catalog.set_current_project(found)
            self._project_name, self._takes, self._pulse = project, {}, None

        self._enqueue(lambda studio, _: turn(), shown=True)

    def _enqueue(self, work: _Command, shown: bool) -> None:
        self._idle.clear()
        self._commands.put((work, shown))

    def stop(self) -> None:
        """End the thread after the queued commands."""
        self._commands.put(None)

    def idle(self) -> bool:
        """Whether all commands have run and their results have been posted."""
        return self._idle.is_set()

    def run(self) -> None:
        try:
            catalog = self._open_catalog()
            if catalog is None:
                return
            if self._required and self._find_project(catalog.projects()) is None:
                names = [project.name for project in catalog.projects()]
                catalog.close()
                hint = hint_with_suggestion(self._project_name or "", names, "cwtui use lists the projects.")
                raise RequestError(f"There is no project “{self._project_name}” in {self._folder}.", hint)
            if not self._required and (current := catalog.current_project()):
                self._project_name = current.name
        except Exception as error:
            self._post(StudioOpenFailed(to_engine_error(error)))
            self._idle.set()
            return
        self._catalog = catalog
        try:
            self._run(catalog)
        finally:
            catalog.close()
            if self._studio:
                self._studio.close()

    def _open_catalog(self) -> Catalog | None:
        """The catalog; if there is none, it is created once it may be. None if the thread ends before."""
        error = None
        while not Catalog.exists_in(self._folder):
            if self._required:
                raise RequestError(f"There is no studio in {self._folder} yet.", "Run cwtui without -p to create it.")
            if self._may_create:
                try:
                    self._folder.mkdir(parents=True, exist_ok=True)
                    return Catalog.in_studio(self._folder)
                except (OSError, EngineError) as failure:
                    error, self._may_create = to_engine_error(failure), False
            existing = next(one for one in self._folder.absolute().parents if one.exists())
            if not existing.is_dir():
                raise RequestError(f"{existing} is a file, not a folder.", "Choose another folder with --studio.")
            self._post(StudioMissing(self._folder, error))
            while not self._may_create:
                if self._commands.empty():
                    self._idle.set()
                work = self._commands.get()
                if work is None:
                    return None
                self._run_command(work[0])
        return Catalog.in_studio(self._folder)

    def _run(self, catalog: Catalog) -> None:
        version, posted_at, around_at, complained_at, wanted = -1, 0.0, 0.0, 0.0, True
        verified_at: float | None = None
        self._enqueue(lambda studio, project: self._resume_services(catalog), shown=False)
        while True:
            now = time.monotonic()
            if verified_at is None or now - verified_at > _VERIFICATION_INTERVAL_S:
                verified_at = now
                self._enqueue(lambda studio, project: self._queue_verifications(catalog), shown=False)
            try:
                awaited = self._snapshot.open_job_count and self._snapshot.studio_process is None
                if now - around_at > (_STARTUP_INTERVAL_S if awaited else _ENVIRONMENT_INTERVAL_S):
                    around_at = now
                    wanted |= self._poll_environment()
                wanted |= self._cuts.has_changed(self._snapshot.project)
                seen = catalog.version()
                if seen != version or wanted:
                    changed = wanted or catalog.change_counters() != self._pulse
                    if changed or now - posted_at > _PROGRESS_INTERVAL_S:
                        version, posted_at, wanted = seen, now, False
                        self._post(SnapshotUpdated(self._read_snapshot(catalog)))
                if self._commands.empty() and not wanted:
                    self._idle.set()
            except Exception as error:
                # While a disk is unmounted, the error repeats at this interval and not at every poll.
                if now - complained_at > _ENVIRONMENT_INTERVAL_S:
                    complained_at = now
                    self._post(Notice("", to_engine_error(error)))
                wanted = False
            try:
                work = self._commands.get(timeout=_POLL_INTERVAL_S)
            except Empty:
                continue
            if work is None:
                return
            command, shown = work
            self._run_command(command)
            wanted |= shown

    def _run_command(self, work: _Command) -> None:
        try:
            message = work(self._open_studio, self._snapshot.project)
        except Exception as error:
            self._post(Notice("", to_engine_error(error)))
        else:
            if message:
                self._post(Notice(message))

    def _resume_services(self, catalog: Catalog) -> None:
        """Start a studio process if one was killed while a service was on. The engine is loaded only for that."""
        if catalog.queue.has_services():
            self._open_studio().jobs.resume_services()

    def _queue_verifications(self, catalog: Catalog) -> None:
        """Queue the verification of sealed folders that are due. The engine is loaded only if there are any."""
        if catalog.verifications.due(datetime.now(UTC)):
            from engine.studio import queue_due_verifications

            queue_due_verifications(self._open_studio())

    def _open_studio(self) -> Studio:
        if self._studio is None:
            if not Catalog.exists_in(self._folder):
                raise RequestError("There is no studio yet.", "Create one first.")
            from engine.studio import Studio

            self._studio = Studio(self._folder)
        return self._studio

    def _poll_environment(self) -> bool:
        """Read the studio process and the free disk space; return whether they have changed noticeably."""
        present, free = find_studio_process(self._folder), shutil.disk_usage(self._folder).free
        before, known = self._snapshot, self._snapshot.disk_free
        moved = (present is None) != (before.studio_process is None)
        # On a disk that is almost full, small changes matter.
        moved |= known is None or abs(free - known) > min(1e8, known / 10)
        self._snapshot = before.replace(studio_process=present, disk_free=free)
        return moved

    def _read_snapshot(self, catalog: Catalog) -> Snapshot:
        before, pulse = self._pulse, catalog.change_counters()
        projects = tuple(catalog.projects())
        project = self._find_project(projects) or (projects[-1] if projects else None)
        if project:
            # Keep this project, even when another console creates a newer one.
            self._project_name = project.name
        snapshot = self._snapshot.replace(projects=projects, project=project)
        if project != self._snapshot.project:
            before, self._takes = None, {}
        if project and (before is None or pulse.takes != before.takes):
            self._takes = self._read_takes(catalog, project)
            snapshot = snapshot.replace(takes=tuple(self._takes.values()))
        if project and (before is None or pulse.reviews != before.reviews):
            reviews = catalog.reviews
            marks = {take: tuple(found) for take, found in reviews.all_markers(project.id).items()}
            cues = tuple(reviews.retake_cues(project.id))
            snapshot = snapshot.replace(reviews=reviews.all(project.id), markers=marks, cues=cues)
        if project and (before is None or pulse.conditions != before.conditions or pulse.takes != before.takes):
            # The footage of a new take may have been decoded before.
            snapshot = snapshot.replace(conditions=catalog.conditions.all(project.id))
        takes_changed = before is None or pulse.takes != before.takes
        snapshot = self._cuts.update(snapshot, takes_changed=takes_changed, changed=pulse != before)
        if before is None or pulse.jobs != before.jobs:
            queue = catalog.queue
            over = [state for state in JobState if not state.open and state is not JobState.BLOCKED]
            waiting = [
                *queue.jobs([JobState.BLOCKED], _MAX_WAITING),
                *queue.jobs([JobState.QUEUED], _MAX_WAITING)[::-1],
            ]
            self._recent = (*waiting, *queue.jobs(over, _MAX_ENDED))
            snapshot = snapshot.replace(
                counts=queue.counts(), delivered=snapshot.delivered or self._has_delivered(queue)
            )
        running = catalog.queue.jobs([JobState.RUNNING])
        going = {job.id for job in running}
        jobs = (*running, *(job for job in self._recent if job.id not in going))
        self._pulse = pulse
        now = self._today()
        status = queue_status(jobs, catalog.speeds.all(), now, snapshot.studio_process is not None)
        farm = read_farm(catalog, snapshot.farm)
        self._snapshot = snapshot.replace(jobs=jobs, queue=status, farm=farm, loaded=True, at=now)
        return self._snapshot

    def _has_delivered(self, queue: Queue) -> bool:
        """Whether there has been a deliverable in this studio, by the jobs or by a receipt."""
        return queue.has_finished("deliver") or any(self._folder.glob("*/deliverables/*/receipt.json"))

    def _find_project(self, projects: Sequence[Project]) -> Project | None:
        """The requested project, by name or folder."""
        return next((one for one in projects if self._project_name in (one.name, one.folder)), None)

    def _read_takes(self, catalog: Catalog, project: Project) -> dict[str, Take]:
        # Ten thousand takes are a million objects, all of which stay. Collecting garbage while they are created takes
        # longer than reading them, and later collections would delay key handling.
        gc.disable()
        try:
            takes = in_shooting_order(catalog.refresh_takes(project, self._takes))
        finally:
            gc.enable()
        if len(takes) > _GC_FREEZE_TAKES:
            gc.freeze()
        return {take.id: take for take in takes}
