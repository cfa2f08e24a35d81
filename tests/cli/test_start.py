"""Commands import only what they use, so that commands that only read the catalog start fast."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import Catalog, Job, JobState, Project
from engine.jobs.presence import StudioLock
from engine.studio import Studio

from .takes import a_take

# Importing any of these takes longer than such a command.
MEDIA = {
    "numpy", "av", "wgpu", "scipy", "onnxruntime", "PyOpenColorIO", "OpenEXR", "matplotlib", "pedalboard", "soxr",
    "faster_whisper", "ascmhl", "c2pa", "lxml", "PIL", "opentimelineio", "rapidfuzz",
}  # fmt: skip

# All commands that neither read footage nor start jobs, in an order in which each has something to do.
COMMANDS = (
    "new Harbour", "places", "takes -p Walk", "jobs", "find water -p Walk", "find img -p Walk", "keep 1 -p Walk",
    "retake 2 --of 1 -p Walk", "star 1 -p Walk", "trim 1 --from 0.5 -p Walk", "mark 1 --at 0.5 -p Walk",
    "clear 1 -p Walk", "undo -p Walk", "redo -p Walk", "edits -p Walk",
    "reframe 1 --at 0.5 --x 0.4 -p Walk", "reframe 1 -p Walk",
    "compare 1 2 --winner 1 -p Walk", "takes --undecided -p Walk",
    "confirm 2 --input-transform apple-log -p Walk", "log a",
    "retry a", "cancel --all", "keys", "models", "models list", "recipes", "recipes list -p Walk",
    "recipes copy podcast mine", "recipes new night --extends mine", "recipes lint", "recipes diff mine night",
    "recipes explain night", "recipes remove night --yes", "recipes remove mine --yes", "checks", "checks loudness",
    "credentials new --name Ann", "credentials",
    "policy", "policy plan free", "policy privacy proxies --yes -p Walk", "policy decisions",
    "policy why send material=proxies -p Walk", "phone list", "phone revoke --all", "phone off",
    "farm list", "farm off",
    "cut new -p Walk", "cut -p Walk", "cut show -p Walk", "cut split 0:01 -p Walk", "cut gain 1 --db -3 -p Walk",
    "cut remove 2 -p Walk", "cut marker --at 0.5 -p Walk", "cut diff film film -p Walk",
    "science observations -p Walk",
    "title", "title show intro", "title new mine --extends intro", "title list film -p Walk",
    "cut rename harbour -p Walk", "cut delete harbour -p Walk", "undo -p Walk",
)  # fmt: skip

# Runs commands in one interpreter and prints, for each, its exception and the modules of MEDIA imported so far.
RUNNER = """
import json, sys
from typer.testing import CliRunner
from cwtui.cli import app
commands, media = json.loads(sys.argv[1])
for command in commands:
    result = CliRunner().invoke(app, command.split())
    print(json.dumps([command, repr(result.exception), sorted(set(media) & set(sys.modules))]))
"""


def a_job(project: Project, letter: str, kind: str, state: JobState, parameters: dict[str, Any]) -> Job:
    return Job(
        id=letter * 16, project_id=project.id, kind=kind, title=f"{kind} of a take", parameters=parameters,
        state=state, created_at=datetime.now(UTC),
    )  # fmt: skip


@pytest.fixture
def filled_studio(tmp_path: Path) -> Iterator[Path]:
    """A studio with two takes; the second has no input transform, and a render job of it is blocked."""
    studio = Studio(tmp_path / "studio")
    project = studio.new_project("Walk")
    takes = [a_take(project, 1), a_take(project, 2, None)]
    for take in takes:
        studio.catalog.add_take(take)
    render = {
        "take": takes[1].id, "source": "2.MOV", "source_digest": takes[1].digest, "label": takes[1].label,
        "input_transform": None, "first_tick": 0, "frames": 1, "first_number": 0, "folder": "out",
        "pattern": "shot.####.exr", "half": True, "compression": "zip", "level": 45.0, "replace": False,
    }  # fmt: skip
    queue = studio.catalog.queue
    queue.submit(
        [a_job(project, "a", "probe", JobState.QUEUED, {}), a_job(project, "b", "render", JobState.BLOCKED, render)]
    )
    queue.end("a" * 16, JobState.FAILED, {"message": "It failed.", "hint": "", "class": "EngineError"})
    studio.close()
    # The test takes the lock of the studio process, so that no command starts one.
    lock = StudioLock.acquire(studio.folder)
    yield studio.folder
    lock.release()


def test_commands_without_media_import_no_media_library(filled_studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWTUI_STUDIO", str(filled_studio))
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(filled_studio))
    arguments = json.dumps([COMMANDS, sorted(MEDIA)])
    completed = subprocess.run([sys.executable, "-c", RUNNER, arguments], capture_output=True, text=True, check=True)
    results = [json.loads(line) for line in completed.stdout.splitlines()]
    assert results == [[command, "None", []] for command in COMMANDS]
    render_jobs = [job for job in Catalog.in_studio(filled_studio).queue.jobs() if job.kind == "render"]
    assert [job.parameters["input_transform"] for job in render_jobs] == ["apple-log"]
