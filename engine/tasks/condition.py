"""A recording is decoded once, in the background, and its condition is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.catalog import Condition
from engine.ingest import check_condition
from engine.jobs import JobContext
from engine.tasks.parameters import ConditionParameters

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import Subject

_LOWEST_PRIORITY = 19


def check(studio: Studio, parameters: ConditionParameters, context: JobContext) -> dict[str, Any]:
    """{digest, damage}: what does not decode, as the catalog keeps it too. Runs with the lowest CPU priority."""
    os.nice(_LOWEST_PRIORITY)
    subject = studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest)
    condition = keep_condition(studio, subject, parameters.source_digest, context)
    return {"digest": parameters.source_digest, "damage": [one.model_dump(mode="json") for one in condition.damage]}


def keep_condition(studio: Studio, subject: Subject, digest: str, context: JobContext) -> Condition:
    """Decodes a subject and records its condition in the catalog."""
    damage = check_condition(
        subject.footage,
        lambda done, total: context.progress(done, total, "ms", subject.label),
        context.cancelled,
    )
    return studio.catalog.conditions.record(digest, damage)


def is_checked(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether the catalog still has the condition."""
    return studio.catalog.conditions.of(str(result["digest"])).checked
