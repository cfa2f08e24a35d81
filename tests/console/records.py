"""Catalog records for tests of rows and details, which need no studio."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.segment import Segment

from engine.catalog import Job, JobState, Project

NOW = datetime(2025, 6, 14, 12, 0, tzinfo=UTC)
PROJECT = Project(id="p", name="Walk", folder="walk", created_at=NOW)


def a_job(kind: str, state: JobState, title: str = "", **fields: Any) -> Job:
    """A job of PROJECT that was created an hour before NOW."""
    fields = {"id": kind, "parameters": {}, "created_at": NOW - timedelta(hours=1), **fields}
    return Job(project_id=PROJECT.id, kind=kind, title=title or kind, state=state, **fields)


def row_text(segments: Iterable[Segment]) -> str:
    """The text of a row."""
    return "".join(segment.text for segment in segments)
