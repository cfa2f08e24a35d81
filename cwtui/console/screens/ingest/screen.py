"""Ingest: what arrives and what came of it, what waits for an answer, and whether the originals are as they were."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.dialogs.prompts import Write
from cwtui.console.screens.base import RoomScreen
from cwtui.console.screens.ingest import rows as ingest_rows
from cwtui.console.screens.takes.screen import ask_transform
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.detail_list import Line, laid_out
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.status_lines import Keys
from cwtui.console.workers.seal_verifier import Proof, Proved, Proving
from engine.catalog import Job, JobState, Project, Take
from engine.errors import RequestError

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import FileVerification

_ARRIVING = (JobState.RUNNING, JobState.BLOCKED, JobState.QUEUED, JobState.FAILED)
_ENDED = (JobState.DONE, JobState.FAILED)
# From so many lines on, groups stand apart.
_ROOMY = 30
_TOLD = "A file, a folder or a card; several with spaces between, quoted where they have some. ⏎ takes it, esc leaves"


class Remembered(Message):
    """A project's ingests that ended, however long ago."""

    def __init__(self, project: str, jobs: list[Job]) -> None:
        super().__init__()
        self.project = project
        self.jobs = jobs


class Made(Message):
    """A project was made, to bring footage into."""

    def __init__(self, pasted: str) -> None:
        super().__init__()
        self.pasted = pasted


class Ingest(RoomScreen):
    """Four groups of rows, and the row under the cursor in full."""

    ROOM: ClassVar[str] = "ingest"

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, str] = {}
        self._jobs: dict[str, Job] = {}
        self._refused: dict[str, Mapping[str, str]] = {}
        self._amiss: dict[str, FileVerification] = {}
        self._remembered: dict[str, dict[str, Job]] = {}
        self._read: set[str] = set()
        self._typed = ""
        self._proof: Proof | None = None
        self._proving: Proving | None = None

    def furnish(self) -> Iterable[Widget]:
        """What to do first, the rows, the details."""
        yield Static("", id="asking", markup=False)
        yield RowList(self._draw, id="arrivals")
        yield About()

    @property
    def rows(self) -> RowList | None:
        """Everything that arrives or waits."""
        return self.query_one("#arrivals", RowList) if self.is_mounted else None

    @property
    def take(self) -> Take | None:
        """The one under the cursor; on other rows, the first that waits for an answer."""
        under = self._under
        waiting = self.desk.snapshot.needing
        return under if isinstance(under, Take) else waiting[0] if waiting else self.desk.take

    @property
    def _under(self) -> Take | Job | Mapping[str, str] | FileVerification | Proof | None:
        rows = self.rows
        return self._meant(rows.cursor or "") if rows else None

    def _meant(self, key: str) -> Take | Job | Mapping[str, str] | FileVerification | Proof | None:
        kind, _, name = key.partition(":")
        if kind == "take":
            return self.desk.snapshot.by_id.get(name)
        if kind == "job":
            return self._jobs.get(name)
        if kind == "proof":
            return self._proof
        return self._refused.get(key) or self._amiss.get(key)

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio."""
        self._remember(snapshot)
        self._jobs = {job.id: job for job in self._ingests(snapshot)}
        waiting = [f"take:{take.id}" for take in snapshot.takes if ingest_rows.why_waiting(take)]
        arriving = sorted(
            (job for job in self._jobs.values() if job.state in _ARRIVING), key=lambda job: _ARRIVING.index(job.state)
        )
        done = [job for job in self._jobs.values() if job.state is JobState.DONE]
        done.sort(key=lambda job: job.finished_at or job.created_at, reverse=True)
        arrived: list[str] = []
        self._refused = {}
        for job in done:
            failures = {f"bad:{job.id}:{n}": failure for n, failure in enumerate((job.result or {}).get("failed", ()))}
            self._refused |= failures
            arrived += [f"job:{job.id}", *failures]
        proof = self._proof if self._proof and self._proof.project == snapshot.project else None
        self._amiss = {f"file:{n}": one for n, one in enumerate(proof.amiss)} if proof else {}
        groups = {
            _waiting_told(len(snapshot.needing), len(waiting)): waiting,
            f"arriving · {len(arriving)}": [f"job:{job.id}" for job in arriving],
            f"arrived · {len(done)}": arrived,
            "verified" if proof and proof.over else "verifying": ["proof:", *self._amiss] if proof else [],
        }
        self._told = {f"{HEADING}{n}": told for n, told in enumerate(groups)}
        keys: list[str] = []
        for head, rows in zip(self._told, groups.values(), strict=True):
            gap = [f"{head} before"] if keys and self.size.height >= _ROOMY else []
            keys += [*gap, head, *rows] if rows else []
        self._rows.put(keys)
        asking = self.query_one("#asking", Static)
        asking.update(self._first_steps(snapshot))
        asking.set_class(bool(keys), "-idle")
        self.query_one(About).refresh()

    def _ingests(self, snapshot: Snapshot) -> Iterable[Job]:
        """The project's, those of long ago among them."""
        project = snapshot.project
        if project is None:
            return []
        now = {job.id: job for job in snapshot.jobs if job.kind == "ingest" and job.project_id == project.id}
        old = self._remembered.setdefault(project.id, {})
        old.update((job.id, job) for job in now.values() if job.state in _ENDED)
        return (now | {job.id: job for job in old.values() if job.id not in now}).values()

    def _remember(self, snapshot: Snapshot) -> None:
        """Reads those that are too long ago for the snapshot, once."""
        project = snapshot.project
        listed = sum(job.state in _ENDED for job in snapshot.jobs)
        every = sum(snapshot.counts.get(state, 0) for state in _ENDED)
        if project is None or project.id in self._read or every <= listed:
            return
        wanted = project.id
        self._read.add(wanted)

        def read(studio: Studio, _: Project | None) -> None:
            jobs = studio.catalog.queue.jobs(_ENDED)
            found = [job for job in jobs if job.kind == "ingest" and job.project_id == wanted]
            self.post_message(Remembered(wanted, found))

        self.desk.do(read)

    @on(Remembered)
    def _took_old(self, seen: Remembered) -> None:
        known = self._remembered.setdefault(seen.project, {})
        self._remembered[seen.project] = {job.id: job for job in seen.jobs} | known
        self.show(self.desk.snapshot)

    def _first_steps(self, snapshot: Snapshot) -> Text:
        ink, keys = self.desk.ink.styles, Text()
        if snapshot.project is None:
            steps = ["There is no project here yet.", "", ("n", "makes one, to bring footage into")]
        else:
            steps = [f"Nothing has arrived in “{snapshot.project.name}” yet.", ""]
        steps += [
            ("+", "brings footage in: a file, a folder, a card; or drop it onto this window"),
            "",
            "What comes is copied, read back and sealed. The source is only read.",
        ]
        for step in steps:
            if isinstance(step, tuple):
                keys.append(f"  {step[0]}  ", ink["here"]).append(f"{step[1]}\n", ink["text"])
            else:
                keys.append(f"  {step}\n", ink["quiet"])
        return keys

    def on_row_list_moved(self) -> None:
        """Another row."""
        self.query_one(About).refresh()

    def why_not(self, action: str) -> str:
        """What does not fit the row under the cursor."""
        under, snapshot = self._under, self.desk.snapshot
        if action == "answer" and self.take and not self.take.needs_director:
            return (
                f"{self.take.label} waits for no answer." if isinstance(under, Take) else "No take waits for an answer."
            )
        if action == "open" and not isinstance(under, Take | Job):
            return "All there is to say of it is shown below." if under else "There is nothing to open yet."
        if action == "verify" and self._proving is None:
            if snapshot.project is None:
                return "There is no project yet: n makes one."
            if not snapshot.takes:
                return "Nothing has arrived yet that could be verified: + brings footage in."
        return ""

    # What can be asked

    async def do_open(self) -> None:
        """A take in Review, an ingest's takes, or the job where it can be tried again."""
        under = self._under
        if isinstance(under, Take):
            await self.desk.go("review", under)
        elif isinstance(under, Job) and under.state is JobState.DONE:
            brought = [*(under.result or {}).get("takes", ()), *(under.result or {}).get("already_here", ())]
            self.desk.choose_take(self.desk.snapshot.by_id.get(brought[0]["id"]) if brought else None)
            await self.desk.go("takes")
        elif isinstance(under, Job):
            await self.desk.go("jobs")
            if self.desk.room and self.desk.room.rows:
                self.desk.room.rows.go(under.id)

    def do_answer(self) -> None:
        """The input transform."""
        if self.take:
            ask_transform(self, self.take)

    def do_new_project(self) -> None:
        """A project of a new name, and into it."""
        self._ask_name()

    def do_add(self) -> None:
        """Footage, from where the last came from."""
        self._ask_path("")

    def on_paste(self, event: events.Paste) -> None:
        """A terminal writes the path of what is dropped onto it."""
        if pasted := " ".join(event.text.split("\n")).strip():
            self._ask_path(pasted)

    def _ask_name(self, pasted: str | None = None) -> None:
        """Asks for a project's name; with something to bring in, that is asked for next."""

        def named(name: str | None) -> None:
            if not name:
                return

            def make(studio: Studio, _: Project | None) -> str:
                project = studio.new_project(name)
                self.desk.hand.turn_to(project.name)
                if pasted is not None:
                    self.post_message(Made(pasted))
                return f"“{project.name}” is made, in {studio.folder / project.folder}."

            self.desk.do(make)

        self.app.push_screen(Write("What is the project called?", told="⏎ makes it, esc leaves"), named)

    @on(Made)
    def _made(self, made: Made) -> None:
        self._ask_where(made.pasted)

    def _ask_path(self, pasted: str) -> None:
        if self.desk.snapshot.project is None:
            self._ask_name(pasted)
        else:
            self._ask_where(pasted)

    def _ask_where(self, pasted: str) -> None:
        """Asks for a path; what was refused is there to be put right."""
        asked = sorted(self._ingests(self.desk.snapshot), key=lambda job: job.created_at)
        value = pasted or self._typed or (ingest_rows.folder_of(asked[-1]) if asked else "")

        def written(text: str | None) -> None:
            if text:
                self._typed = text
                self.desk.do(lambda studio, project: self._bring(studio, project, text))

        self.app.push_screen(Write("Which footage is to be brought in?", value, _TOLD), written)

    def _bring(self, studio: Studio, project: Project | None, text: str) -> str:
        """On the hand's thread."""
        if project is None:
            raise RequestError("There is no project yet.", "n makes one.")
        paths = ingest_rows.paths_in(text)
        if gone := [path for path in paths if not path.exists()]:
            raise RequestError(
                f"{shlex.quote(str(gone[0]))} is not there.",
                "+ shows what was written: put it right, or plug the card in first.",
            )
        (job,) = studio.jobs.submit([studio.tasks.ingest_request(project, paths, None, False, True)])
        self._typed = ""
        return f"{job.title}: asked for; the source is only read."

    def do_verify(self) -> None:
        """Begins to read every original again, or stops that."""
        if self._proving:
            self._proving.stop()
            return
        snapshot = self.desk.snapshot
        assert snapshot.project
        self._proof = Proof(snapshot.project, sum(take.size for take in snapshot.takes), self.desk.clock())
        self._proving = Proving(self.desk.folder, self._proof, self.post_message)
        self._proving.start()
        self.show(snapshot)
        self._rows.go("proof:")

    @on(Proved)
    def _proved(self, seen: Proved) -> None:
        self._proof = seen.proof
        if seen.proof.over:
            self._proving = None
            told, kind, _ = ingest_rows.outcome(seen.proof)
            self.desk.say(f"{seen.proof.project.name}: {told}.", "wrong" if kind == "red" else "done")
        self.show(self.desk.snapshot)
        self.query_one(Keys).again()

    # How it looks

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        desk, under = self.desk, self._meant(key)
        if key.startswith(HEADING):
            return [Segment(f"  {self._told.get(key, '')}", desk.ink.styles["quiet"])]
        if isinstance(under, Take):
            return ingest_rows.take_row(desk, under, width, here)
        if isinstance(under, Job):
            row = ingest_rows.arrived_row if under.state is JobState.DONE else ingest_rows.job_row
            return row(desk, under, width, here)
        if isinstance(under, Proof):
            return ingest_rows.proof_row(desk, under, width, here)
        if isinstance(under, Mapping):
            return ingest_rows.refused_row(desk, under, width, here)
        return ingest_rows.file_row(desk, under, width, here) if under else []

    def lines(self) -> list[Line]:
        """What there is to say of the row under the cursor."""
        under = self._under
        if isinstance(under, Take):
            return ingest_rows.about_take(self.desk, under)
        if isinstance(under, Job):
            return ingest_rows.about_job(under)
        if isinstance(under, Proof):
            return ingest_rows.about_proof(under)
        if isinstance(under, Mapping):
            return ingest_rows.about_refused(under)
        return ingest_rows.about_file(under) if under else []


def _waiting_told(needing: int, listed: int) -> str:
    told = [f"needs you · {needing}"] if needing else []
    return " · ".join([*told, *([f"to look at · {listed - needing}"] if listed > needing else [])])


class About(Widget):
    """The row under the cursor in full: what it says, why, what to do, where it lies."""

    def render(self) -> Text:
        """Label and value."""
        room = self.screen
        if not isinstance(room, Ingest):
            return Text("")
        return laid_out(room.desk, room.lines(), self.size.width, self.content_size.height, margin=2)
