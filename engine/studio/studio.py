"""The façade of a studio folder: its projects, takes and jobs."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from engine.atomic_files import make_folder, partial
from engine.catalog import (
    Catalog,
    Condition,
    Edit,
    Encoding,
    Job,
    Project,
    Take,
    in_shooting_order,
    project_folder,
)
from engine.errors import GateChoice, RequestError
from engine.file_stamp import FileStamp, read_stamp
from engine.jobs import JobClient, JobKind, JobRequest, Presence, find_studio_process, gate_choices, job_result
from engine.studio.references import find_take, find_takes, is_file_reference
from engine.studio.subjects import Subjects
from engine.studio.waiting_jobs import answer_transforms
from engine.suggestion import hint_with_suggestion
from engine.tasks import DEFAULT_OPTIONS, StudioPaths, TranscribeOptions, draft_path, proxy_path, transcript_path
from engine.transfer import Subject

if TYPE_CHECKING:
    from engine.catalog import JournalledList
    from engine.policy import Gate
    from engine.sound import CleanReport
    from engine.speech import Diarization, SearchMatch, Transcript
    from engine.tasks import TaskContext, TaskRegistry
    from engine.transfer import FileVerification

# module:function from which the studio process gets the job kinds.
JOB_KINDS = "engine.studio.job_kinds:job_kinds"
# … and the pool of other machines.
REMOTE_POOL = "engine.farm.pool:farm_pool"
_CACHED_TRANSCRIPTS = 256
FOLDERS = ("originals", "proxies", "work", "transcripts", "timeline", "deliverables")


class Studio:
    """A studio folder. `observer` is called with each change of a job that is waited for.

    `report_project` is called with the current project when it is used because none of several was named.
    """

    def __init__(
        self,
        folder: Path,
        observer: Callable[[Job], None] | None = None,
        report_project: Callable[[Project], None] | None = None,
    ) -> None:
        self._report_project = report_project
        self.folder = Path(os.path.abspath(folder))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(
                f"The studio {self.folder} cannot be created: {error.strerror}.", "Choose another folder with --studio."
            ) from error
        self.catalog = Catalog.in_studio(self.folder)
        self.paths = StudioPaths(self.folder, self.catalog)
        self.subjects = Subjects(self.catalog, self.paths)
        self.catalog.reviews.journal.load_lists = self._journalled_lists
        self.jobs = JobClient(self.catalog, self.folder, JOB_KINDS, observer, remote_pool=REMOTE_POOL)

    @cached_property
    def tasks(self) -> TaskRegistry:
        """The job kinds and their graphs. Loaded on first use, as most commands do not need them."""
        from engine.tasks import TaskRegistry

        return TaskRegistry(self.task_context)

    @cached_property
    def task_context(self) -> TaskContext:
        """The parts of this studio that its job kinds use."""
        from engine.tasks import TaskContext

        return TaskContext(self.catalog, self.paths, self.subjects, self.gate)

    def kinds(self) -> Mapping[str, JobKind[Any]]:
        """All job kinds, by name: those of the tasks, and the service of the farm."""
        from engine.farm.host_task import TASK

        return {**self.tasks.kinds(), TASK.name: TASK.bind(self.tasks.context)}

    @cached_property
    def gate(self) -> Gate:
        """The gate that permits to deliver, to export and to send, by the policies of this studio."""
        from engine.policy import Gate

        return Gate(self.folder, self.catalog)

    def studio_process(self) -> Presence | None:
        """The studio process of this folder; None if it does not run."""
        return find_studio_process(self.folder)

    def runs_services(self) -> bool:
        """Whether services that count as running do run: not after a kill, until the next process has taken over."""
        present = self.studio_process()
        return present is not None and present.settled

    def __enter__(self) -> Self:
        """The studio itself; leaving the context closes it."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the catalog."""
        self.close()

    def close(self) -> None:
        """Closes the catalog."""
        self.catalog.close()

    # Projects

    def new_project(self, name: str) -> Project:
        """Creates a project with its folders. Raises RequestError if the name is invalid or taken."""
        name = name.strip()
        folder = project_folder(name, self.catalog.projects())
        project = self.catalog.add_project(name, folder)
        for subfolder in FOLDERS:
            (self.folder / project.folder / subfolder).mkdir(parents=True, exist_ok=True)
        return project

    def project(self, name: str | None) -> Project:
        """The project with this name or folder; for None, the only project, or the current one of several.

        Raises RequestError if there is none.
        """
        projects = self.catalog.projects()
        if name is None:
            if len(projects) == 1:
                return projects[0]
            if not projects:
                raise RequestError(f"There is no project in {self.folder} yet.", 'Create one: cwtui new "Harbour walk"')
            current = self.catalog.current_project()
            if current is None:
                names = ", ".join(f"“{project.name}”" for project in projects)
                raise RequestError(
                    f"There is more than one project: {names}.",
                    f"Choose one for all commands with cwtui use {shlex.quote(projects[-1].name)}, or for this one "
                    "with -p NAME.",
                )
            if self._report_project:
                self._report_project(current)
            return current
        for project in sorted(projects, key=lambda project: project.name != name):
            if name in (project.name, project.folder):
                return project
        known = ", ".join(f"“{project.name}”" for project in projects) or "none yet"
        hint = hint_with_suggestion(name, [one.name for one in projects], f"Projects: {known}. cwtui new creates one.")
        raise RequestError(f"There is no project “{name}”.", hint)

    # Takes

    def takes(self, project: Project) -> list[Take]:
        """A project's takes in shooting order."""
        return in_shooting_order(self.catalog.takes(project))

    def take(self, reference: str, project: Project) -> Take:
        """The take with this number, camera name, label or id. Raises RequestError if there is none or several."""
        return find_take(self.takes(project), reference, project.name)

    def takes_named(self, references: Sequence[str], project: Project) -> list[Take]:
        """The takes of references and ranges of numbers, as in `find_takes`."""
        return find_takes(self.takes(project), references, project.name)

    def conditions(self, takes: Iterable[Take]) -> dict[str, Condition]:
        """The known conditions of takes, by id; for takes not decoded yet, the damage found at ingest."""
        known = self.catalog.conditions
        return {take.id: known.of(take.digest, take.probe.damage) for take in takes}

    def subject(self, reference: str, project_name: str | None) -> Subject:
        """The take with this reference; or the file, if no project is named and the reference means a file."""
        if project_name is None and is_file_reference(reference):
            return self.file(reference)
        return self.subject_of(self.take(reference, self.project(project_name)))

    @staticmethod
    def file(reference: str) -> Subject:
        """A plain file or frame sequence, inspected in place. Needs no studio folder."""
        return Subjects.file(reference)

    def subject_of(self, take: Take) -> Subject:
        """A take with its frame times, computed and stored if missing. Raises EngineError if its file is missing."""
        return self.subjects.opened(take)

    def subject_unprobed(self, take: Take) -> Subject:
        """A take from the catalog, without frame times and without a check of its file."""
        return self.subjects.unprobed(take)

    def artifact_folder(self, take_id: str | None) -> Path:
        """The folder for intermediate files: of the take's project, or of the studio for plain files."""
        return self.paths.artifact_folder(take_id)

    def confirm(self, take: Take, transform: Encoding) -> Take:
        """Sets the input transform of a take and unblocks the jobs that wait for it.

        Raises RequestError if the take has no picture.
        """
        return self.confirm_takes([take], transform)[0]

    def confirm_takes(self, takes: Sequence[Take], transform: Encoding) -> list[Take]:
        """Sets the input transform of takes as one change, and unblocks the jobs that wait for it.

        Raises RequestError if a take has no picture.
        """
        for take in takes:
            if take.probe.picture is None:
                raise RequestError(f"{take.label} has no picture.", "Only pictures have an input transform.")
        self.catalog.reviews.set_input_transforms(takes, transform)
        confirmed = [take.model_copy(update={"input_transform": transform}) for take in takes]
        self._answer_waiting(confirmed)
        return confirmed

    def answer(self, job: Job, choice: GateChoice) -> Job:
        """Answers the gate of a blocked job. Raises RequestError if the gate does not accept this choice."""
        if choice not in gate_choices(job):
            raise RequestError(
                f"“{job.title}” does not accept this answer.", "cwtui jobs shows the questions of waiting jobs."
            )
        return self.jobs.answer(job, self.kinds()[job.kind], {choice.option: choice.value})

    def undo(self, project: Project) -> Edit | None:
        """Undoes a project's newest decision, from any console or command. Returns None if there is none."""
        edit = self.catalog.reviews.undo(project.id)
        self.renew_edited_transcripts(edit)
        return edit

    def redo(self, project: Project) -> Edit | None:
        """Redoes the decision undone last and unblocks jobs that wait for it. Returns None if there is none."""
        edit = self.catalog.reviews.redo(project.id)
        self.renew_edited_transcripts(edit)
        if edit:
            self._answer_waiting(self.catalog.takes(project))
        return edit

    def renew_edited_transcripts(self, edit: Edit | None) -> None:
        """Writes the transcripts again whose corrections or names an edit changed, made, undone or redone."""
        if edit and any(name not in ("cut", "reframe") for name, *_ in self.catalog.reviews.journal.list_changes(edit)):
            from engine.studio.transcripts import EditedTranscripts

            EditedTranscripts(self.catalog, self.tasks, self.jobs, self.subjects).renew(edit)

    def _journalled_lists(self) -> Mapping[str, JournalledList]:
        from engine.studio.cut_lists import CutLists
        from engine.tasks import ReframeList, speech_lists

        lists = speech_lists(self.paths)
        return {**lists, "cut": CutLists(self.catalog, self.folder), "reframe": ReframeList(self.paths)}

    def _answer_waiting(self, takes: Iterable[Take]) -> None:
        answer_transforms(self.catalog, self.tasks, self.jobs, takes)

    # Work

    def ingest(
        self,
        project: Project,
        paths: Sequence[Path],
        transform: Encoding | None = None,
        in_place: bool = False,
        prepare: bool = False,
    ) -> dict[str, Any]:
        """Ingests footage. Returns {takes, already_here, failed, skipped, seal}."""
        (job,) = self.jobs.submit([self.tasks.ingest_request(project, paths, transform, in_place, prepare)])
        arrived = job_result(*self.jobs.wait([job]))
        self._answer_waiting(Take.model_validate(raw) for raw in arrived["already_here"])
        return arrived

    def transcript(self, subject: Subject, options: TranscribeOptions = DEFAULT_OPTIONS) -> Path:
        """The path of a transcript, or of its translation, below `transcripts/` of a take's project; made if needed."""
        request = self.tasks.translation_request if options.translate else self.tasks.transcript_request
        (job,) = self.jobs.submit([request(subject, options)])
        return self.folder / str(job_result(*self.jobs.wait([job]))["path"])

    def renew_transcript(self, subject: Subject, options: TranscribeOptions) -> None:
        """Rebuilds an existing transcript of a take with the current speakers."""
        if subject.take and transcript_path(self.paths, subject.take.id, subject.label, subject.take.digest).is_file():
            self.transcript(subject, options)

    def diarization(self, subject: Subject, options: TranscribeOptions = DEFAULT_OPTIONS) -> Diarization:
        """The diarization of a take or file; runs it first if needed."""
        (job,) = self.jobs.submit([self.tasks.diarize_request(subject, options)])
        from engine.speech import Diarization

        path = self.folder / str(job_result(*self.jobs.wait([job]))["path"])
        return Diarization.model_validate_json(path.read_bytes())

    def find(self, project: Project, phrase: str, speaker: str | None = None) -> Iterator[tuple[Take, SearchMatch]]:
        """Yields the matches of a phrase in a project's transcripts, take by take in shooting order.

        Raises RequestError for a phrase without words, EngineError for an unreadable transcript.
        """
        from engine.speech import find, wanted_words

        wanted_words(phrase)
        for take in self.takes(project):
            if transcript := self.transcript_of(take):
                for found in find(transcript, phrase, speaker):
                    yield take, found

    def transcript_of(self, take: Take) -> Transcript | None:
        """A take's transcript, None if there is none yet; read again only after a change. Raises EngineError."""
        path = transcript_path(self.paths, take.id, take.label, take.digest)
        return _read_transcript(path, stamp) if (stamp := read_stamp(path)) else None

    def clean_dialog(
        self, step: JobRequest, out: Path | None = None, *, replace: bool = True
    ) -> tuple[Path, CleanReport]:
        """Runs a `tasks.clean_request`. Returns the path of the dialog, copied to `out` if given, and the report."""
        from engine.tasks import cleaned_dialog

        path, report = cleaned_dialog(self.paths, job_result(*self.jobs.wait(self.jobs.submit([step]))))
        if out is None:
            return path, report
        make_folder(out.parent)
        with partial(out, replace=replace) as unfinished:
            shutil.copyfile(path, unfinished)
        return out, report

    def render(self, step: JobRequest) -> dict[str, Any]:
        """Runs a `tasks.render_request`. Returns the job's result with an absolute `folder`."""
        rendered = job_result(*self.jobs.wait(self.jobs.submit([step])))
        return {**rendered, "folder": str(self.folder / rendered["folder"])}

    def proxy(self, take: Take) -> Path | None:
        """The path of a take's proxy; None if it does not exist or was made with an outdated colour conversion."""
        path = proxy_path(self.paths, take)
        if not path.is_file():
            return None
        from engine.deliver import read_receipt

        for made in read_receipt(path.parent).deliveries:
            # Receipts without `conversion` are from a version that sent sRGB through the ACES view: white became grey.
            outdated = made.conversion is None and made.input_transform is Encoding.SRGB
            if outdated and path.name in {file.path for file in made.files}:
                return None
        return path

    def draft(self, take: Take) -> Path | None:
        """The path of a take's draft proxy; None if it does not exist."""
        path = draft_path(self.paths, take)
        return path if path.is_file() else None

    def verify(
        self,
        project: Project,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> list[FileVerification]:
        """Verifies every original against its seal, or against the take's digest if the seal does not list it.

        Copies that are lost are no longer proven: their cards are not safe to erase any more. `progress` is called with
        the bytes read; `cancelled` is polled while sealed files are read.
        """
        from engine.studio.verification import verify_originals

        return verify_originals(self.folder, self.catalog, project, progress, cancelled)


@lru_cache(maxsize=_CACHED_TRANSCRIPTS)
def _read_transcript(path: Path, stamp: FileStamp) -> Transcript:
    """A transcript; the stamp is only part of the cache key. A search while typing reads all of them at each key."""
    from engine.speech import read_transcript

    return read_transcript(path)
