"""Creates a prepared studio with three takes, and fills it with copies of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

from engine.catalog import Take
from engine.jobs import JobRequest, stop_studio_process
from engine.studio import Studio
from engine.tasks.proxy import proxy_request
from engine.tasks.requests import REQUESTED

# A misspoken line, a retake of it, and a log take.
_TAKES = ("IMG_0102.MOV", "IMG_0103.MOV", "IMG_0104.MOV")
_TAKES_PER_DAY = 40
# Small, because every console that opens the studio decodes a frame.
_WIDTH, _HEIGHT = 320, 180


def prepare_studio(folder: Path) -> Path:
    """Create a studio with three prepared takes with speech; the last one needs an input transform.

    It has no transcript, which takes 2 s of processor time.
    """
    footage = folder / "footage"
    footage.mkdir(parents=True)
    for name in _TAKES:
        record_small(name, footage)
    studio = Studio(folder / "studio")
    project = studio.new_project("Harbour walk")
    studio.ingest(project, [footage])
    steps = [step for take in studio.takes(project) for step in _preparation(studio, take)]
    studio.jobs.wait(studio.jobs.submit([_requested(step) for step in steps]))
    # The log take's proxy stays blocked; all other jobs are finished.
    studio.jobs.wait([job for job in studio.catalog.queue.jobs() if job.state.open])
    if process := studio.studio_process():
        stop_studio_process(studio.folder, process)
    studio.close()
    return studio.folder


def _preparation(studio: Studio, take: Take) -> Iterator[JobRequest]:
    """The jobs that prepare a take: all for a take whose draft and proxy can be made, else all but the transcript."""
    steps = studio.tasks.preparation(take)
    if take.needs_director:
        yield from (step for step in steps if step.kind.name != "transcript")
    else:
        more = (studio.tasks.draft_request(take), proxy_request(studio.tasks.context, take))
        yield from (*steps, *(step for step in more if step))


def _requested(step: JobRequest) -> JobRequest:
    """The step as if a user had requested it. Background jobs would wait for the processes of other tests."""
    return replace(step, priority=REQUESTED, after=tuple(map(_requested, step.after)))


def copy_studio(prepared: Path, folder: Path) -> None:
    """Copy a prepared studio. The cached files of GPU jobs, most of its bytes, are linked."""
    cache = prepared / "work" / "cache"

    def copy(source: str, target: str) -> None:
        if Path(source).is_relative_to(cache):
            os.link(source, target)
        else:
            shutil.copy2(source, target)

    shutil.copytree(prepared, folder, copy_function=copy)


def record_small(name: str, folder: Path) -> None:
    """Record a take of the sample shoot at 320×180 in a folder."""
    from fixtures.shoot import record, takes

    take = next(take for take in takes() if take.name == name)
    framing, track = (replace(part, width=_WIDTH, height=_HEIGHT) for part in (take.framing, take.track))
    record(replace(take, framing=framing, track=track), folder / name)


def fill_studio(folder: Path, count: int) -> None:
    """Add copies of the takes to a prepared studio, up to a count, in sessions of forty takes per day.

    Log takes are not copied. The copies share the footage and the media files.
    """
    studio = Studio(folder)
    project = studio.project(None)
    first = studio.takes(project)
    artifacts = {take.id: _artifacts_of(studio, take) for take in first}
    ready = [take for take in first if not take.needs_director]
    with studio.catalog.transaction():
        for number, take in enumerate(islice(cycle(ready), count - len(first)), len(first) + 1):
            copy = _copy_of(take, number)
            studio.catalog.add_take(copy)
            studio.catalog.conditions.record(copy.digest, ())
            _link_artifacts(artifacts[take.id], take, copy)
    studio.close()


def _copy_of(take: Take, number: int) -> Take:
    days, index = divmod(number, _TAKES_PER_DAY)
    captured_at = take.captured_at + timedelta(days=days + 1, minutes=5 * index)
    return take.model_copy(
        update={
            "id": f"{number:032x}", "digest": f"{number:032x}", "number": number, "session": days + 3,
            "captured_at": captured_at, "name": f"IMG_{number + 200:04d}",
        }
    )  # fmt: skip


def _artifacts_of(studio: Studio, take: Take) -> Sequence[Path]:
    folder = studio.folder / studio.project(take.project_id).folder
    return [*(folder / "work").glob(f"{take.digest}.*.json"), *(folder / "transcripts").glob(f"{take.label}.json")]


def _link_artifacts(artifacts: Sequence[Path], take: Take, copy: Take) -> None:
    for path in artifacts:
        name = path.name.replace(take.digest, copy.digest).replace(take.label, copy.label)
        with suppress(FileExistsError):
            os.link(path, path.with_name(name))
