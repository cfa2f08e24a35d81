"""Arrivals with fixed values: two cards, a phone on USB, a watched folder, a phone that sends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cwtui.console.workers.arrival_watcher import ArrivalsLoaded
from engine.catalog import Job, JobState, PhoneDevice, PhoneListener, Project
from engine.phone import UploadState
from engine.studio import Arrivals, FolderWatch, Pairing, PhoneUpload
from engine.transfer import DroppedFile, DropState, OffloadedFile, OffloadStatus
from engine.transfer.offload.status import OffloadDestination

from .sample_studio import NOW


def loaded(project: Project) -> ArrivalsLoaded:
    """What the watcher posts."""
    arrivals = Arrivals(
        offloads=(_phone(), _card("CARD2", safe=False), _card("CARD1", safe=True)),
        watches=(_watch(project),),
        uploads=(
            _upload("IMG_0031.MOV", UploadState.RECEIVING, 120_000_000),
            _upload("IMG_0030.MOV", UploadState.SEALED, 410_000_000, take="008-IMG_0030", original=False,
                    reason="written by Photos"),
        ),
        devices=(PhoneDevice(id="a1b2c3d4", project_id=project.id, name="iPhone", created_at=NOW,
                             expires_at=NOW + timedelta(days=30), last_used_at=NOW - timedelta(minutes=5)),),
        listener=listener(project),
    )  # fmt: skip
    return ArrivalsLoaded(project, arrivals, {"IMG_0031.MOV": 29_000_000.0})


def listener(project: Project) -> PhoneListener:
    """Where the studio listens."""
    return PhoneListener(
        job_id="phone", project_id=project.id, interface="en0", address="192.168.1.20", port=49152,
        name="cleanwater-abcdef.local", fingerprint="0f" * 32, since=NOW, until=NOW + timedelta(hours=1),
    )  # fmt: skip


def pairing(project: Project) -> Pairing:
    """A code of fixed letters."""
    where = listener(project)
    return Pairing("ABCD" * 6, f"{where.url}#{'ABCD' * 6}.{where.fingerprint}", NOW + timedelta(minutes=9))


def _card(name: str, *, safe: bool) -> OffloadStatus:
    folders = (f"/studio/harbour-walk/originals/2025-06-14-01-{name}", f"/Volumes/BACKUP/2025-06-14-01-{name}")
    parents = tuple(str(Path(folder).parent) for folder in folders)
    files = [
        OffloadedFile(path=f"DCIM/A00{n}.MOV", bytes=2_000_000_000, state="safe", proven_on=parents, copies=())
        for n in range(3)
    ]
    if not safe:
        files[2] = files[2].model_copy(update={
            "state": "failed", "proven_on": (), "reason": "A block of the card cannot be read, at byte 1,048,576.",
            "hint": "Try another reader.",
        })  # fmt: skip
    proven = sum(one.state == "safe" for one in files)
    return OffloadStatus(
        source=f"/Volumes/{name}", label=name, folder=f"2025-06-14-01-{name}", safe=safe,
        proven=safe, device=False, others=0,
        reasons=() if safe else ("1 file is not proven on every destination.",), connected=not safe, copies=2, disks=2,
        bytes=6_000_000_000, started_at=NOW - timedelta(hours=2), finished_at=NOW - timedelta(hours=1),
        destinations=tuple(OffloadDestination(path=folder, connected=True, files=proven, bytes=proven * 2_000_000_000)
                           for folder in folders),
        files=tuple(files), left_out=(), failures=(),
    )  # fmt: skip


def _phone() -> OffloadStatus:
    """A phone on USB whose recordings of a day were imported."""
    values = {"source": "usb:F2L", "label": "Ada’s iPhone", "folder": "2025-06-14-01-Ada’s iPhone", "connected": False}
    return _card("CARD1", safe=True).model_copy(update={**values, "safe": False, "device": True, "others": 4988})


def _watch(project: Project) -> FolderWatch:
    job = Job(
        id="watch", project_id=project.id, kind="watch", title="watch Downloads", parameters={},
        state=JobState.RUNNING, created_at=NOW - timedelta(days=1),
    )  # fmt: skip
    files = (
        DroppedFile(path=Path("IMG_0040.MOV"), bytes=80_000_000),
        DroppedFile(path=Path("IMG_0039.MOV"), bytes=90_000_000, state=DropState.INGESTED),
        DroppedFile(path=Path("IMG_0038.MOV"), bytes=4096, state=DropState.QUARANTINED,
                    reason="The file is not whole: its index is missing.", hint="Copy it again."),
    )  # fmt: skip
    return FolderWatch(job, project.name, Path("/Volumes/NAS/Drop"), files)


def _upload(name: str, state: UploadState, received: int, **outcome: object) -> PhoneUpload:
    return PhoneUpload(name, "iPhone", name, state, received, 410_000_000, NOW - timedelta(minutes=3), outcome)
