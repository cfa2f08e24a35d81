"""What a job is made of: a kind with typed parameters, and the context it works in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import xxhash
from pydantic import BaseModel

P = TypeVar("P", bound=BaseModel)


class JobContext(Protocol):
    """What a running job may ask of its runner."""

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        """Says how far the work is; cheap to call for every frame."""

    def cancelled(self) -> bool:
        """Whether the work should stop at the next safe point."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """A kind of work that a room offers.

    The parameters hold everything the outcome depends on (digests of inputs among them), so that
    they address it. Raise `version` when the same parameters would come out differently. `intact`
    says whether an earlier result still stands, its files in place.
    """

    name: str
    version: int
    parameters: type[P]
    run: Callable[[P, JobContext], dict[str, Any]]
    title: Callable[[P], str]
    intact: Callable[[Mapping[str, Any]], bool]

    def address(self, parameters: P) -> str:
        """The id of the job that does this: the same question always has the same one."""
        question = json.dumps(
            [self.name, self.version, parameters.model_dump(mode="json")], sort_keys=True, ensure_ascii=False
        )
        return xxhash.xxh3_128_hexdigest(question.encode())[:16]
