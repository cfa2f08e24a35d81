"""Base classes of the parameters of jobs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """Frozen parameters without unknown fields. Their JSON is hashed into the job's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectParameters(Parameters):
    """A take, or a plain file where `take` is None, by the digest of its content.

    `source` is relative to the studio folder where it is below it, so that a studio that is moved keeps its results.
    """

    take: str | None
    source: Path
    source_digest: str
    label: str
