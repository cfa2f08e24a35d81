"""Ingest with thousands of files of a card and a watched folder: cheap while idle, and a key redraws only its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from engine.catalog import Catalog, Job, JobState
from engine.tasks import StudioPaths
from engine.tasks.watch import TASK as WATCH
from engine.tasks.watch import DroppedFiles, WatchParameters
from engine.transfer import DroppedFile, DropState
from engine.transfer.offload.journal import OffloadJournal, Proof

from .measured import idle_console

FILES = 2_000
READINGS = 4
# On a busy machine, the end of the first reading may lie in the first one.
PERIODS = 4
IDLE_BYTES, BYTES_PER_KEY = 1_500, 7_000
KEYS = 20


def fill_arrivals(folder: Path) -> None:
    """Add a card and a watched folder with so many files, as their jobs leave them."""
    catalog = Catalog.in_studio(folder)
    (project,) = catalog.projects()
    now, originals = datetime.now(UTC), f"{project.folder}/originals"
    card = folder / originals / "2026-01-01-01-CARD"
    card.mkdir(parents=True)
    journal = OffloadJournal(folder / project.folder / "offloads" / "2026-01-01-01-CARD.jsonl")
    stamps = {}
    for name in (f"A{number:04d}.MOV" for number in range(FILES)):
        (card / name).write_bytes(b"x")
        stamps[name] = (1, (card / name).stat().st_mtime_ns)
    journal.start("/Volumes/CARD", "CARD", card.name, [originals], stamps, [])
    journal.prove(
        Proof(name, size, modified, originals, name, {"xxh128": "0" * 32}, now)
        for name, (size, modified) in stamps.items()
    )
    journal.finish({})
    parameters = WatchParameters(
        project=project.id, folder=folder.parent / "drop", only_new=False, in_place=False, prepare=False, settle=5
    )
    job = Job(
        id=WATCH.job_id(parameters), project_id=project.id, kind="watch", title="watch drop",
        parameters=parameters.model_dump(mode="json"), state=JobState.RUNNING, cpu_limit=0, created_at=now,
    )  # fmt: skip
    catalog.queue.submit([job])
    listed = StudioPaths(folder, catalog).project_folder(project.id) / "work" / "watch" / f"{job.id}.json"
    listed.parent.mkdir(parents=True)
    states = (DropState.QUARANTINED, DropState.INGESTED)
    files = (
        DroppedFile(path=Path(f"B{number:04d}.MOV"), bytes=number, state=states[number % 2], reason="It is torn.")
        for number in range(FILES)
    )
    listed.write_text(DroppedFiles(files=tuple(files)).model_dump_json())
    catalog.close()


def test_ingest_with_thousands_of_arrivals_is_cheap(studio_of_size: Callable[[int], Path]) -> None:
    folder = studio_of_size(3)
    fill_arrivals(folder)
    with idle_console(folder) as terminal:
        started = terminal.cpu_seconds()
        terminal.press("I")
        terminal.until_shown("1,000 quarantined")
        terminal.until_quiet()
        for _ in range(PERIODS):
            seconds, sent = terminal.cpu_seconds(), terminal.sent
            for _ in range(READINGS):
                # The free disk space may be redrawn meanwhile.
                terminal.until_quiet(0.9)
            # While a folder is watched, the arrivals are read every second.
            idle, redrawn = terminal.cpu_seconds() - seconds, terminal.sent - sent
            if idle < 0.25 * started and redrawn < IDLE_BYTES:
                break
        assert idle < 0.25 * started, (idle, started)
        assert redrawn < IDLE_BYTES
        sent = terminal.sent
        for _ in range(KEYS):
            terminal.press("j")
            terminal.until_quiet(0.05)
        assert terminal.sent - sent < KEYS * BYTES_PER_KEY
