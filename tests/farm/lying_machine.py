"""A machine of a farm that renders other pictures than it was given: `python -m tests.farm.lying_machine`.

It has joined before. Everything but its pictures is right: their number, their times, the seal of each chunk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.farm import find_membership, work
from engine.jobs import JobContext, JobKind
from engine.studio.job_kinds import job_kinds


def kinds(studio: Path) -> Mapping[str, JobKind[Any]]:
    """The kinds of a studio, of which `render-chunk` misreads the colours of the footage."""
    found = dict(job_kinds(studio))
    honest = found["render-chunk"]

    def lie(parameters: Any, context: JobContext) -> dict[str, Any]:
        return honest.run(parameters.model_copy(update={"input_transform": "pq"}), context)

    return {**found, "render-chunk": replace(honest, run=lie)}


def main() -> None:
    membership = find_membership(None)
    assert membership is not None
    work(membership, f"{__spec__.name}:kinds", lambda facts: None)


if __name__ == "__main__":
    main()
