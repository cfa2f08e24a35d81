"""What phones send is ingested, also after kills, and a converted file is called one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import JobState, Project
from engine.phone import Upload, UploadRecord, UploadState, UploadStore
from engine.studio import Studio
from engine.tasks.ingest import TASK as INGEST
from engine.tasks.phone_arrivals import SEND_ORIGINAL, PhoneArrivals


class SilentJob:
    folder, results = Path(), Mapping[str, Any]

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        pass

    def cancelled(self) -> bool:
        return False


class Receiving:
    """The arrivals of one project, without a listener and without a studio process."""

    def __init__(self, folder: Path) -> None:
        self.studio = Studio(folder)
        self.context = self.studio.tasks.context
        self.project: Project = self.studio.new_project("Harbour")
        self.work = folder / self.project.folder / "work" / "phone"
        self.restart()

    def restart(self) -> None:
        """As a new process of the job begins."""
        self.store = UploadStore(self.work / "uploads")
        self.arrivals = PhoneArrivals(self.context, self.project, self.store, self.work / "arrived", SilentJob())

    def arrive(self, file: Path) -> Upload:
        upload = self.store.create(UploadRecord(id="", device="d", name=file.name, created_at=datetime.now(UTC)))
        shutil.copyfile(file, upload.data)
        self.store.update(upload, state=UploadState.WHOLE, length=file.stat().st_size)
        return upload

    def tick_until(self, state: UploadState, *, with_job: bool = True) -> None:
        async def run() -> None:
            while not all(one.record.state is state and (one.record.job or not with_job) for one in self.store):
                self.arrivals.wake()
                await self.arrivals.tick()
                await asyncio.sleep(0)

        asyncio.run(run())

    def ingest(self) -> None:
        """Runs the queued ingest here."""
        queue = self.context.catalog.queue
        (job,) = queue.jobs([JobState.QUEUED], kind="ingest")
        queue.start(job.id)
        result = INGEST.run(self.context, INGEST.parameters.model_validate(job.parameters), SilentJob())
        queue.complete(job.id, result, {})

    def outcomes(self) -> list[dict[str, Any]]:
        return [one.record.outcome or {} for one in self.store]


@pytest.fixture
def receiving(tmp_path: Path) -> Any:
    found = Receiving(tmp_path / "studio")
    yield found
    found.studio.close()


def test_files_that_arrive_together_are_sealed_together(receiving: Receiving, small_take: Path, tmp_path: Path) -> None:
    # A copy with another name is recognised as the same recording.
    shutil.copyfile(small_take, tmp_path / "copy.MOV")
    for file in (small_take, tmp_path / "copy.MOV"):
        receiving.arrive(file)
    receiving.tick_until(UploadState.PLACED)
    receiving.ingest()
    receiving.tick_until(UploadState.SEALED)
    assert len({(one["take"], one["seal"]) for one in receiving.outcomes()}) == 1
    assert sorted(one["already_here"] for one in receiving.outcomes()) == [False, False]
    assert not list((receiving.work / "arrived").rglob("*.MOV"))


def test_a_kill_at_any_step_loses_nothing(receiving: Receiving, small_take: Path) -> None:
    upload = receiving.arrive(small_take)
    receiving.restart()
    receiving.tick_until(UploadState.PLACED)
    receiving.restart()
    # As a kill after the record and before the queue leaves it.
    (found,) = receiving.store
    receiving.store.update(found, job="0123456789abcdef")
    queue = receiving.context.catalog.queue
    before = {job.id for job in queue.jobs([JobState.QUEUED], kind="ingest")}
    for job_id in before:
        queue.request_cancel(job_id)
    receiving.arrivals.wake()
    asyncio.run(receiving.arrivals.tick())
    receiving.restart()
    receiving.ingest()
    receiving.tick_until(UploadState.SEALED)
    (outcome,) = receiving.outcomes()
    assert (outcome["take"], outcome["original"]) == ("001-IMG_0101", True)
    assert upload.record.id == next(iter(receiving.store)).record.id


def test_a_converted_file_is_flagged_with_how_to_send_the_original(
    receiving: Receiving, small_take: Path, tmp_path: Path
) -> None:
    import av

    # Remuxed by FFmpeg, as a chat app does: its mark replaces the camera's.
    converted = tmp_path / "IMG_0101.mp4"
    with av.open(str(small_take)) as source, av.open(str(converted), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    receiving.arrive(converted)
    receiving.tick_until(UploadState.PLACED)
    receiving.ingest()
    receiving.tick_until(UploadState.SEALED)
    (outcome,) = receiving.outcomes()
    assert (outcome["original"], outcome["hint"]) == (False, SEND_ORIGINAL)
    assert "Lavf" in outcome["reason"]
