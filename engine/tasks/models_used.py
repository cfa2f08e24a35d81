"""The models of the jobs on which a delivery depends, for its receipt."""

from __future__ import annotations

from pathlib import Path

from engine.deliver import ModelUse
from engine.tasks.context import TaskContext

_PURPOSES = {
    "transcribe": "recognises the words",
    "clean": "compares the words before and after the dialog cleanup",
    "diarize": "tells the speakers apart",
    "faces": "finds the faces",
}


def models_of_jobs(context: TaskContext, jobs: list[str]) -> tuple[ModelUse, ...]:
    """The models that these jobs, and all on which they depend, have in their parameters; each once, in order."""
    found: dict[ModelUse, None] = {}
    seen: set[str] = set()
    waiting = sorted(jobs)
    while waiting:
        if (one := waiting.pop(0)) in seen:
            continue
        seen.add(one)
        job = context.catalog.queue.job(one)
        if job is None:
            continue
        model, purpose = job.parameters.get("model"), _PURPOSES.get(job.kind)
        if model and purpose:
            # A model outside the models folder is named by its path, which says more about this machine than needed.
            use = ModelUse(id=Path(model).name, digest=job.parameters.get("model_digest") or "", purpose=purpose)
            found[use] = None
        waiting += sorted(job.needs)
    return tuple(sorted(found, key=lambda use: (use.purpose, use.id, use.digest)))
