"""The messages between a studio and a machine: what it must do, and what it did. Both are plain JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from engine.catalog import FrozenModel
from engine.farm.relative_path import RelativePath

Content = Literal["originals", "proxies", "intermediates"]
"""What a file shows; a policy decides which of them a machine may have."""

SHA256 = r"^[0-9a-f]{64}$"


class OrderedFile(FrozenModel):
    """A file by its digest. `path` is its place in the studio folder of the machine that runs the job, relative."""

    path: RelativePath
    sha256: str = Field(pattern=SHA256)
    size: int = Field(ge=0)
    content: Content = "intermediates"


class WorkOrder(FrozenModel):
    """One attempt at a job, as a machine gets it when it claims the lease.

    `rows` are the rows of the catalog that the job reads, by table. `results` are those of the jobs it depends on.
    `identity` is the digest of the software with which the result must be made; None: any. `max_output` is how many
    bytes its outputs may have in all. `sources` are the places of files outside the host's studio, by digest; a machine
    does not get them.
    """

    lease: str
    job_id: str
    attempt: int
    kind: str
    kind_version: int
    title: str
    parameters: dict[str, Any]
    results: dict[str, dict[str, Any]] = Field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    files: tuple[OrderedFile, ...] = ()
    cpu: int = 1
    memory: int = 0
    gpu: bool = False
    identity: str | None = None
    max_output: int = Field(default=16 << 30, ge=0)
    sources: dict[str, Path] = Field(default_factory=dict, exclude_if=lambda sources: not sources)


class WorkAnswer(FrozenModel):
    """What a machine did with a lease. `status` is that of `AttemptResult`; `files` are the outputs, already sent.

    `seconds` is the wall time of the job, `device` the graphics device, `identity` the digest of the software.
    """

    lease: str
    status: Literal["done", "failed", "fault", "blocked", "stopped"]
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    successors: tuple[dict[str, Any], ...] = ()
    usage: dict[str, float] | None = None
    files: tuple[OrderedFile, ...] = ()
    seconds: float = 0.0
    device: str = ""
    identity: str = ""
