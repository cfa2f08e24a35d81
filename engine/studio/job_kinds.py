"""The job kinds of a studio, for its studio process.

Jobs are forked from a process that has imported this module. It therefore imports all exports of the engine's packages.
A job cannot write outside its studio, so Python could not cache the bytecode of a module that a job imports. Speech
models and other libraries that few jobs use are imported by the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import deliver, ingest, perception, picture, sound, speech, tasks, timeline, transfer
from engine.export import sequence
from engine.jobs import JobKind
from engine.studio.studio import Studio

for _package in (deliver, ingest, perception, picture, sequence, sound, speech, timeline, transfer, tasks):
    for _name in _package.__all__:
        getattr(_package, _name)
tasks.find_tasks()


def job_kinds(folder: Path) -> Mapping[str, JobKind[Any]]:
    """The job kinds of a studio folder, by name."""
    return Studio(folder).kinds()
