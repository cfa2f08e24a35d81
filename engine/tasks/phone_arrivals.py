"""Has the files that phones sent ingested, and reports the result to the phone."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import JobState, Project, Take
from engine.errors import Cancelled
from engine.jobs import JobContext, SleepInhibitor
from engine.tasks.context import TaskContext
from engine.tasks.ingest import ingest_request

if TYPE_CHECKING:
    import asyncio

    from engine.phone import Upload, UploadStore

_LOOK_S = 0.5

SEND_ORIGINAL = (
    "To send the original: open the file in the Files app and choose it there, or choose it from Photos with "
    "Options → Keep Originals (before iOS 17: Current). A file that AirDrop or a chat app has delivered may already "
    "be a copy."
)


class PhoneArrivals:
    """The way of whole uploads into a project: read back, named, ingested, and deleted once they are sealed.

    `tick` is called often, in the thread of the catalog.
    """

    def __init__(
        self, context: TaskContext, project: Project, store: UploadStore, folder: Path, job: JobContext
    ) -> None:
        self._context, self._project, self._store, self._folder, self._job = context, project, store, folder, job
        self._placing: asyncio.Task[list[Upload]] | None = None
        self._look_at = 0.0
        self._awake = SleepInhibitor()
        self._received = 0
        self.arrived = self.refused = 0

    def wake(self) -> None:
        """Looks for whole uploads at the next tick."""
        self._look_at = 0.0

    def close(self) -> None:
        """Lets the machine sleep."""
        self._awake.set_active(False)

    async def tick(self) -> bool:
        """Takes the next step of each upload. Returns whether there is work."""
        from engine.phone import UploadState

        if self._placing and self._placing.done():
            placed, self._placing = self._placing.result(), None
            self._submit(placed)
        now = time.monotonic()
        if now < self._look_at:
            return self._placing is not None
        self._look_at = now + _LOOK_S
        waiting = defaultdict[str, list["Upload"]](list)
        ready: list[Upload] = []
        missing = received = 0
        for upload in self._store:
            state = upload.record.state
            if state is UploadState.RECEIVING:
                missing, received = missing + (upload.record.length or 0), received + upload.offset
            elif upload.is_partial:
                continue
            elif state is UploadState.PLACED and upload.record.job:
                waiting[upload.record.job].append(upload)
            elif state in (UploadState.WHOLE, UploadState.PLACED):
                ready.append(upload)
        # A phone that waits for a sleeping machine would give up; one that has left the network keeps nobody awake.
        self._awake.set_active(received != self._received or bool(waiting or ready))
        self._received = received
        self._job.progress(received, missing, "bytes", self._message(len(waiting) + len(ready)))
        for job_id, uploads in waiting.items():
            self._report(job_id, uploads)
        # One ingest at a time: what arrives meanwhile is sealed together.
        if ready and not waiting and self._placing is None:
            import asyncio

            self._placing = asyncio.create_task(asyncio.to_thread(self._place, ready))
        return bool(waiting or ready or self._placing)

    def _message(self, waiting: int) -> str:
        return f"{self.arrived} arrived" + (f", {waiting} to ingest" if waiting else "")

    def _place(self, uploads: list[Upload]) -> list[Upload]:
        """Read each upload back, and give those that are as sent their names. Runs in a thread."""
        from engine.phone import UploadState, place_arrivals, read_back

        good: list[Upload] = []
        for upload in uploads:
            record = upload.record
            if record.path is None and record.content is None:
                try:
                    read = read_back(upload.data, record.digest, self._job.cancelled)
                except Cancelled:
                    return []
                if record.digest and read.sent != record.digest.value:
                    self._store.update(upload, state=UploadState.REFUSED, outcome=_differs())
                    upload.data.unlink(missing_ok=True)
                    self.refused += 1
                    continue
                self._store.update(upload, content=read.content)
            good.append(upload)
        if good:
            group = next((one.record.path.split("/")[0] for one in good if one.record.path), None)
            place_arrivals(self._store, good, self._folder / (group or f"{time.time_ns()}"))
        return good

    def _submit(self, uploads: list[Upload]) -> None:
        """Request one ingest of these files."""
        from engine.phone import path_of

        if not uploads:
            return
        paths = [path_of(self._folder, one) for one in uploads]
        request = ingest_request(self._context, self._project, paths, None, in_place=False, prepare=True)
        for upload in uploads:
            self._store.update(upload, job=request.id)
        self._context.catalog.queue.submit([request.as_job()])

    def _report(self, job_id: str, uploads: list[Upload]) -> None:
        """Store what an ingest made of its files, once it has ended."""
        from engine.phone import UploadState, keep_sender_record, path_of

        job = self._context.catalog.queue.job(job_id)
        if job is None:
            # A kill came between the record and the queue.
            self._submit(uploads)
            return
        if job.state.open or job.state is JobState.BLOCKED:
            return
        for upload in uploads:
            path = path_of(self._folder, upload)
            if job.state is JobState.DONE:
                outcome = _outcome(upload, path, job.result or {}, self._context.paths.folder)
            else:
                error = job.error or {}
                kept = _shown(path, self._context.paths.folder)
                outcome = {
                    "message": error.get("message", "The ingest was cancelled."),
                    "hint": f"The file is kept in the studio: {kept}. cwtui ingest it from there.",
                }
            if "take" in outcome:
                keep_sender_record(self._context.paths.folder, upload.record)
                self._store.update(upload, state=UploadState.SEALED, outcome=outcome)
                path.unlink(missing_ok=True)
                self.arrived += 1
            else:
                self._store.update(upload, state=UploadState.REFUSED, outcome=outcome)
                self.refused += 1
            _remove_empty(path.parent, self._folder)


def _outcome(upload: Upload, path: Path, result: Mapping[str, Any], studio: Path) -> dict[str, Any]:
    """What an ingest made of one file: its take with the seal, or why it is none."""
    takes = [Take.model_validate(one) for one in (*result.get("takes", ()), *result.get("already_here", ()))]
    # A file that was sent twice is both new and already here.
    known = {one["id"] for one in result.get("already_here", ())} - {one["id"] for one in result.get("takes", ())}
    take = next((one for one in takes if one.digest == upload.record.content), None)
    sidecar = next((one for one in takes for side in one.sidecars if side.name == path.name), None)
    if take is None and sidecar is None:
        failed = next((one for one in result.get("failed", ()) if Path(one["path"]) == path), None)
        message = failed["message"] if failed else "The file is not footage that Cleanwater knows."
        return {"message": message, "hint": f"The file is kept in the studio: {_shown(path, studio)}."}
    found = take or sidecar
    assert found is not None
    seal = result.get("seal")
    outcome: dict[str, Any] = {
        "take": found.label,
        "already_here": found.id in known,
        "xxh128": upload.record.content,
        "sent_digest_matches": upload.record.digest is not None,
        "seal": Path(seal).relative_to(studio).as_posix() if seal and Path(seal).is_relative_to(studio) else seal,
        "original": sidecar is not None or found.probe.original,
    }
    if not outcome["original"]:
        outcome |= {"reason": found.probe.copy_reason, "hint": SEND_ORIGINAL}
    return outcome


def _shown(path: Path, studio: Path) -> str:
    """A path as another device sees it: not where the studio is."""
    return path.relative_to(studio).as_posix()


def _differs() -> dict[str, Any]:
    return {
        "message": "The file on the studio's disk differs from the one on the phone.",
        "hint": "Send it again. The wrong copy was deleted.",
    }


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder without files, and the ones above it up to `top`."""
    while folder != top and folder.is_relative_to(top):
        with suppress(OSError):
            folder.rmdir()
        folder = folder.parent
