"""The one place where the rooms are put together: a studio folder, its projects, and the work done in it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.atomic_files import make_folder, partial
from engine.catalog import Catalog, Condition, Edit, Encoding, Job, JobState, Project, Take, in_shooting_order
from engine.errors import GateChoice, RequestError
from engine.jobs import JobClient, JobRequest, Presence, find_studio_process, gate_choices, job_result
from engine.slug import slug
from engine.studio.subjects import Subjects
from engine.tasks import DEFAULT_OPTIONS, StudioPaths, TranscribeOptions, transcript_path
from engine.transfer import Subject

if TYPE_CHECKING:
    from engine.sound import CleanReport
    from engine.speech import Diarization, SearchMatch
    from engine.tasks import TaskRegistry
    from engine.transfer import FileVerification

# Where a studio process finds the kinds of job.
JOB_KINDS = "engine.studio.job_kinds:job_kinds"
_LONGEST_NAME = 100
FOLDERS = ("originals", "proxies", "work", "transcripts", "timeline", "deliverables")


class Studio:
    """A studio folder. `observer` is told of every change to a job while it is worked on."""

    def __init__(self, folder: Path, observer: Callable[[Job], None] | None = None) -> None:
        self.folder = Path(os.path.abspath(folder))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(
                f"The studio {self.folder} cannot be made: {error.strerror}.", "Name another with --studio."
            ) from error
        self.catalog = Catalog.in_studio(self.folder)
        self.paths = StudioPaths(self.folder, self.catalog)
        self.subjects = Subjects(self.catalog, self.paths)
        self.jobs = JobClient(self.catalog, self.folder, JOB_KINDS, observer)

    @cached_property
    def tasks(self) -> TaskRegistry:
        """The job kinds and the requests for their jobs, which most commands do without."""
        from engine.tasks import TaskContext, TaskRegistry

        return TaskRegistry(TaskContext(self.catalog, self.paths, self.subjects))

    def studio_process(self) -> Presence | None:
        """The studio process that is there now."""
        return find_studio_process(self.folder)

    def close(self) -> None:
        """Lets go of the catalog."""
        self.catalog.close()

    # Projects

    def new_project(self, name: str) -> Project:
        """A project with its folders. RequestError where the name is empty, taken, or not to be shown in a line."""
        name = name.strip()
        if not name.isprintable():
            raise RequestError("A project's name is one line of letters, and this one has control characters.",
                               'For example: cwtui new "Harbour walk"')  # fmt: skip
        folder = slug(name)
        if not folder or len(name) > _LONGEST_NAME:
            raise RequestError(
                f"A project needs a name of 1 to {_LONGEST_NAME} letters.", 'For example: cwtui new "Harbour walk"'
            )
        taken = {project.folder for project in self.catalog.projects()}
        if folder in taken and name not in {project.name for project in self.catalog.projects()}:
            folder = next(f"{folder}-{n}" for n in range(2, len(taken) + 3) if f"{folder}-{n}" not in taken)
        project = self.catalog.add_project(name, folder)
        for subfolder in FOLDERS:
            (self.folder / project.folder / subfolder).mkdir(parents=True, exist_ok=True)
        return project

    def project(self, name: str | None) -> Project:
        """The project of this name (or folder), or the only one there is."""
        projects = self.catalog.projects()
        if name is None:
            if len(projects) == 1:
                return projects[0]
            if not projects:
                raise RequestError(f"There is no project in {self.folder} yet.", 'Make one: cwtui new "Harbour walk"')
            names = ", ".join(f"“{project.name}”" for project in projects)
            raise RequestError("There is more than one project.", f"Say which with -p: {names}.")
        for project in sorted(projects, key=lambda project: project.name != name):
            if name in (project.name, project.folder):
                return project
        known = ", ".join(f"“{project.name}”" for project in projects) or "none yet"
        raise RequestError(f"There is no project “{name}”.", f"There is: {known}. cwtui new makes one.")

    # Takes

    def takes(self, project: Project) -> list[Take]:
        """A project's takes in shooting order."""
        return in_shooting_order(self.catalog.takes(project))

    def take(self, reference: str, project: Project) -> Take:
        """A take by number, camera name, label or id."""
        takes = self.takes(project)
        wanted = [
            t for t in takes if reference in (t.id, t.label) or (reference.isdigit() and int(reference) == t.number)
        ]
        wanted = wanted or [t for t in takes if reference in (t.name, t.path.name)]
        if len(wanted) == 1:
            return wanted[0]
        if wanted:
            numbers = ", ".join(f"{take.number:03d}" for take in wanted)
            raise RequestError(f"More than one take is called {reference}.", f"Use a number: {numbers}.")
        raise RequestError(
            f"There is no take “{reference}” in “{project.name}”.",
            "cwtui takes lists them; a file is named by its path.",
        )

    def conditions(self, takes: Iterable[Take]) -> dict[str, Condition]:
        """What is known of the condition of takes, by their ids; of one not decoded yet, what its ingest found."""
        known = self.catalog.conditions
        return {take.id: known.of(take.digest, take.probe.damage) for take in takes}

    def subject(self, reference: str, project_name: str | None) -> Subject:
        """A take of a project, or where no project is named and there is a file of that name, the file."""
        if project_name is None and is_file_reference(reference):
            return self.file(reference)
        return self.subject_of(self.take(reference, self.project(project_name)))

    @staticmethod
    def refuse_original(folder: Path, out: Path) -> None:
        """Raises RequestError where `out` is footage that the studio in this folder, if it is one, left in place."""
        if not out.exists() or not Catalog.exists_in(folder):
            return
        studio = Studio(folder)
        try:
            for take in studio.catalog.takes():
                path = studio.folder / take.path
                if take.in_place and path.exists() and out.samefile(path):
                    raise RequestError(
                        f"{out} is the original of {take.label}: originals are never written over.",
                        "Name another file or folder with -o.",
                    )
        finally:
            studio.close()

    @staticmethod
    def file(reference: str) -> Subject:
        """A plain file or frame sequence, looked at where it is. Needs no studio folder."""
        return Subjects.file(reference)

    def subject_of(self, take: Take) -> Subject:
        """A take with its media at hand, frame times read from where they are stored."""
        return self.subjects.opened(take)

    def subject_unprobed(self, take: Take) -> Subject:
        """A take as the catalog knows it, without its frames' times."""
        return self.subjects.unprobed(take)

    def artifact_folder(self, take_id: str | None) -> Path:
        """Where what is made on the way is kept: with the take's project, or the studio's own for plain files."""
        return self.paths.artifact_folder(take_id)

    def confirm(self, take: Take, transform: Encoding) -> Take:
        """Settles the input transform of a take; what waited for it goes on.

        RequestError where it has no picture.
        """
        if take.probe.picture is None:
            raise RequestError(f"{take.label} has no picture.", "Only pictures have an input transform.")
        self.catalog.reviews.set_input_transform(take, transform)
        settled = take.model_copy(update={"input_transform": transform})
        self._answer_waiting([settled])
        return settled

    def answer(self, job: Job, choice: GateChoice) -> Job:
        """Gives a blocked job an answer that its gate accepts. RequestError where it waits for no such answer."""
        if choice not in gate_choices(job):
            raise RequestError(f"“{job.title}” waits for no such answer.", "cwtui jobs lists what waits, and for what.")
        return self.jobs.answer(job, self.tasks.kinds()[job.kind], {choice.option: choice.value})

    def undo(self, project: Project) -> Edit | None:
        """Takes a project's newest decision back, whoever made it; None where there is none."""
        return self.catalog.reviews.undo(project.id)

    def redo(self, project: Project) -> Edit | None:
        """Makes the change that was taken back last again, and lets go on what waited for it; None where none was."""
        edit = self.catalog.reviews.redo(project.id)
        if edit:
            self._answer_waiting(self.catalog.takes(project))
        return edit

    def _answer_waiting(self, takes: Iterable[Take]) -> None:
        """Asks again, with the answer, what waited for the input transform of takes that have one now."""
        answers = {take.id: take.input_transform for take in takes if take.input_transform}
        for job in self.catalog.queue.jobs([JobState.BLOCKED]):
            asked = job.parameters
            if asked.get("take") in answers and "input_transform" in asked and job.kind in self.tasks.kinds():
                self.jobs.answer(job, self.tasks.kinds()[job.kind], {"input_transform": answers[asked["take"]]})

    # Work

    def ingest(
        self,
        project: Project,
        paths: Sequence[Path],
        transform: Encoding | None = None,
        in_place: bool = False,
        prepare: bool = False,
    ) -> dict[str, Any]:
        """Brings footage in: {takes, already_here, failed, left_alone, seal}."""
        (job,) = self.jobs.submit([self.tasks.ingest_request(project, paths, transform, in_place, prepare)])
        arrived = job_result(*self.jobs.wait([job]))
        self._answer_waiting(Take.model_validate(raw) for raw in arrived["already_here"])
        return arrived

    def transcript(self, subject: Subject, options: TranscribeOptions = DEFAULT_OPTIONS) -> Path:
        """Where the words of a take (below its project's `transcripts/`) or file are, heard if need be."""
        (job,) = self.jobs.submit([self.tasks.transcript_request(subject, options)])
        return self.folder / str(job_result(*self.jobs.wait([job]))["path"])

    def renew_transcript(self, subject: Subject, options: TranscribeOptions) -> None:
        """Puts a transcript together again, where there is one, with what is known of its speakers by now."""
        if subject.take and transcript_path(self.paths, subject.take.id, subject.label, subject.take.digest).is_file():
            self.transcript(subject, options)

    def diarization(self, subject: Subject, options: TranscribeOptions = DEFAULT_OPTIONS) -> Diarization:
        """Who speaks when in a take or file, heard if need be."""
        (job,) = self.jobs.submit([self.tasks.diarize_request(subject, options)])
        from engine.speech import Diarization

        path = self.folder / str(job_result(*self.jobs.wait([job]))["path"])
        return Diarization.model_validate_json(path.read_bytes())

    def find(self, project: Project, phrase: str, speaker: str | None = None) -> Iterator[tuple[Take, SearchMatch]]:
        """Where a phrase is said in a project's transcripts, take by take in shooting order.

        RequestError where there is nothing to look for, EngineError where a transcript is broken.
        """
        from engine.speech import find, read_transcript, wanted_words

        wanted_words(phrase)
        for take in self.takes(project):
            path = transcript_path(self.paths, take.id, take.label, take.digest)
            if not path.is_file():
                continue
            for found in find(read_transcript(path), phrase, speaker):
                yield take, found

    def clean_dialog(
        self, step: JobRequest, out: Path | None = None, *, replace: bool = True
    ) -> tuple[Path, CleanReport]:
        """The dialog that `tasks.clean_request` asks for, copied to `out` if wanted; and what was found and done."""
        from engine.tasks import cleaned_dialog

        path, report = cleaned_dialog(self.paths, job_result(*self.jobs.wait(self.jobs.submit([step]))))
        if out is None:
            return path, report
        make_folder(out.parent)
        with partial(out, replace=replace) as unfinished:
            shutil.copyfile(path, unfinished)
        return out, report

    def render(self, step: JobRequest) -> dict[str, Any]:
        """Writes the frames that `tasks.render_request` asks for: its job's result, the folder whole."""
        rendered = job_result(*self.jobs.wait(self.jobs.submit([step])))
        return {**rendered, "folder": str(self.folder / rendered["folder"])}

    def proxy(self, take: Take) -> Path | None:
        """Where a take's proxy is; None while there is none, and where its picture is not made like that any more."""
        path = self.paths.project_folder(take.project_id) / "proxies" / f"{take.label}.mp4"
        if not path.is_file():
            return None
        from engine.deliver import read_receipt

        for made in read_receipt(path.parent).deliveries:
            # Before receipts named the conversion, sRGB came through the ACES view: its white was grey.
            outdated = made.conversion is None and made.input_transform is Encoding.SRGB
            if outdated and path.name in {file.path for file in made.files}:
                return None
        return path

    def verify(
        self,
        project: Project,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> list[FileVerification]:
        """Reads every original again and holds it against its seal, or its take's digest where the seal is silent."""
        from engine.transfer import SealStatus, verify_seal

        verdicts: list[FileVerification] = []
        for delivery in self.catalog.batches(project):
            if delivery.sealed_at:
                verdicts += verify_seal(self.folder / delivery.folder, progress, cancelled)
        proven = {v.path for v in verdicts if v.verdict is not SealStatus.UNSEALED}
        for take in self.takes(project):
            path = self.folder / take.path
            if path not in proven and not any(path in one.parents for one in proven):
                verdicts = [v for v in verdicts if v.path != path and path not in v.path.parents]
                verdicts.append(self._verify_take(take, progress))
        return verdicts

    def _verify_take(self, take: Take, progress: Callable[[int], None] | None) -> FileVerification:
        from engine.transfer import FileVerification, SealStatus, take_digest

        path = self.folder / take.path
        if not path.exists():
            return FileVerification(path, SealStatus.MISSING, take.digest, None)
        measured = take_digest(path, progress)
        return FileVerification(
            path, SealStatus.INTACT if measured == take.digest else SealStatus.CHANGED, take.digest, measured
        )


def is_file_reference(reference: str) -> bool:
    """Whether a word on the command line means a file rather than a take."""
    path = Path(reference)
    if reference.isdigit():
        return False
    return path.exists() or len(path.parts) > 1 or bool(path.suffix)


def parse_seconds(text: str) -> Fraction:
    """Seconds from what a person types: 1.5, .5, 90, 1:30, 0:01:30.5. RequestError where it is no time."""
    parts = text.split(":")
    if len(parts) > 3 or not all(re.fullmatch(r"\d{1,9}(\.\d{0,9})?|\.\d{1,9}", part) for part in parts):
        raise RequestError(f"“{text}” is no time.", "Write seconds (1.5) or minutes:seconds (1:30).")
    return sum((Fraction(part) * 60**power for power, part in enumerate(reversed(parts))), Fraction(0))
