"""Base classes of the parameters of jobs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """Frozen parameters without unknown fields. Their JSON is hashed into the job's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectParameters(Parameters):
    """A take, or a plain file if `take` is None, with the digest of its content.

    A `source` below the studio folder is relative to it, so that a moved studio keeps its results.
    """

    take: str | None
    source: Path
    source_digest: str
    label: str
