"""A watched folder: what arrives becomes a take, also after the studio process was killed."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.jobs import stop_studio_process
from engine.studio import Studio, WatchRequest, end_watch, start_watch, watches
from fixtures import clips
from tests.waiting import wait_until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder to watch."""
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def test_what_arrives_is_ingested_and_the_watch_survives_a_kill(studio: Studio, folder: Path, tmp_path: Path) -> None:
    project = studio.new_project("p")
    start_watch(studio, project, WatchRequest(folder, settle=0.5, prepare=False))
    first = clips.tone(tmp_path / "first.wav", 1)
    shutil.copy(first, folder)
    wait_until(lambda: [take.name for take in studio.takes(project)] == ["first"])
    (watch,) = watches(studio)
    assert (watch.project, watch.folder, watch.job.is_service) == ("p", folder, True)

    process = studio.studio_process()
    assert process
    os.kill(process.pid, signal.SIGKILL)
    (folder / "broken.mov").write_bytes(bytes(3000))
    shutil.copy(clips.tone(tmp_path / "second.wav", 2), folder)
    wait_until(lambda: studio.studio_process() is None)
    studio.jobs.ensure_running()
    wait_until(lambda: [take.name for take in studio.takes(project)] == ["first", "second"])

    def listed() -> dict[str, str]:
        return {str(one.path): str(one.state) for one in watches(studio)[0].files}

    wanted = {"broken.mov": "quarantined", "first.wav": "ingested", "second.wav": "ingested"}
    wait_until(lambda: listed() == wanted)
    assert len(studio.catalog.queue.jobs(kind="ingest")) == 2
    assert (folder / "first.wav").read_bytes() == first.read_bytes()

    end_watch(studio, folder, "a test")
    assert watches(studio) == []
    assert not any(job.state.open for job in studio.catalog.queue.jobs())
    if process := studio.studio_process():
        stop_studio_process(studio.folder, process)


def test_folders_that_cannot_be_watched_are_refused(studio: Studio, folder: Path) -> None:
    project = studio.new_project("p")
    for path, message in (
        (folder / "none", "is not a folder"),
        (studio.folder / project.folder, "contain each other"),
        (studio.folder.parent, "contain each other"),
    ):
        with pytest.raises(RequestError, match=message):
            start_watch(studio, project, WatchRequest(path))
    with pytest.raises(RequestError, match="is not watched"):
        end_watch(studio, folder, "a test")
    assert watches(studio) == []
