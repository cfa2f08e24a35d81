"""A small shoot, prepared; and a way to fill the studio with copies of its takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

from engine.catalog import Take
from engine.jobs import stop_studio_process
from engine.studio import Studio

# A misspoken line, the same line again, and a log take.
_TAKES = ("IMG_0102.MOV", "IMG_0103.MOV", "IMG_0104.MOV")
_A_DAY = 40
# Small, because every console that opens the studio decodes a frame.
_WIDTH, _HEIGHT = 320, 180


def prepare_studio(folder: Path) -> Path:
    """Make a studio with three spoken takes, prepared; the last one needs an input transform."""
    footage = folder / "footage"
    footage.mkdir(parents=True)
    for name in _TAKES:
        record_small(name, footage)
    studio = Studio(folder / "studio")
    project = studio.new_project("Harbour walk")
    studio.ingest(project, [footage])
    for take in studio.takes(project):
        studio.jobs.wait(studio.jobs.submit(studio.tasks.preparation(take)))
    # The log take's proxy stays blocked; all other jobs are finished.
    studio.jobs.wait([job for job in studio.catalog.queue.jobs() if job.state.open])
    if present := studio.studio_process():
        stop_studio_process(studio.folder, present)
    studio.close()
    return studio.folder


def record_small(name: str, folder: Path) -> None:
    """Record a take of the sample shoot at 320×180 in a folder."""
    from fixtures.shoot import record, takes

    take = next(take for take in takes() if take.name == name)
    framing, track = (replace(one, width=_WIDTH, height=_HEIGHT) for one in (take.framing, take.track))
    record(replace(take, framing=framing, track=track), folder / name)


def fill_studio(folder: Path, count: int) -> None:
    """Fill that studio with copies of its takes up to a count, in sessions of forty takes a day.

    Log takes are not copied. The copies share the footage and the media files.
    """
    studio = Studio(folder)
    project = studio.project(None)
    first = studio.takes(project)
    found = {take.id: _made_of(studio, take) for take in first}
    ready = [take for take in first if not take.needs_director]
    with studio.catalog.transaction():
        for number, take in enumerate(islice(cycle(ready), count - len(first)), len(first) + 1):
            again = _copy_of(take, number)
            studio.catalog.add_take(again)
            studio.catalog.conditions.record(again.digest, ())
            _share(found[take.id], take, again)
    studio.close()


def _copy_of(take: Take, number: int) -> Take:
    days, place = divmod(number, _A_DAY)
    at = take.captured_at + timedelta(days=days + 1, minutes=5 * place)
    return take.model_copy(
        update={
            "id": f"{number:032x}", "digest": f"{number:032x}", "number": number, "session": days + 3,
            "captured_at": at, "name": f"IMG_{number + 200:04d}",
        }
    )  # fmt: skip


def _made_of(studio: Studio, take: Take) -> Sequence[Path]:
    below = studio.folder / studio.project(take.project_id).folder
    return [*(below / "work").glob(f"{take.digest}.*.json"), *(below / "transcripts").glob(f"{take.label}.json")]


def _share(made: Sequence[Path], take: Take, again: Take) -> None:
    for path in made:
        name = path.name.replace(take.digest, again.digest).replace(take.label, again.label)
        with suppress(FileExistsError):
            os.link(path, path.with_name(name))
