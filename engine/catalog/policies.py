"""The plan of a studio, the privacy steps of its projects, and the decisions of its policies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from engine.catalog.database import Connection
from engine.catalog.media import FrozenModel
from engine.catalog.records import Project

_MOST_DECISIONS = 10_000


class RecordedDecision(FrozenModel):
    """A decision of a policy on an action with attributes; `at` is the time at which it was recorded.

    `rule`, `file` and `line` are the rule that decided, if one did. `is_error`: the policy could not be evaluated.
    """

    action: str
    attributes: dict[str, str | bool | int]
    permitted: bool
    reason: str
    rule: str | None = None
    file: Path | None = None
    line: int | None = None
    is_error: bool = False
    at: datetime | None = None


class Policies:
    """What the catalog knows of policies."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def plan(self) -> str | None:
        """Return the name of the chosen plan, None for the default."""
        row = self._db.execute("SELECT name FROM plan").fetchone()
        return str(row["name"]) if row else None

    def choose_plan(self, name: str) -> None:
        """Choose a plan."""
        self._db.execute("INSERT INTO plan VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name", (name,))

    def leaves(self, project: Project) -> str:
        """Return what of a project may leave this machine: “nothing” unless another step was set."""
        row = self._db.execute("SELECT leaves FROM privacy WHERE project_id = ?", (project.id,)).fetchone()
        return str(row["leaves"]) if row else "nothing"

    def set_leaves(self, project: Project, step: str) -> None:
        """Set what of a project may leave this machine."""
        self._db.execute(
            "INSERT INTO privacy VALUES (?, ?, ?) "
            "ON CONFLICT (project_id) DO UPDATE SET leaves = excluded.leaves, set_at = excluded.set_at",
            (project.id, step, datetime.now(UTC).isoformat()),
        )

    def record(self, decision: RecordedDecision) -> None:
        """Record a decision. Only the latest ten thousand are kept."""
        row = decision.model_dump(mode="json")
        row |= {"at": datetime.now(UTC).isoformat(), "attributes": json.dumps(row["attributes"])}
        number = self._db.insert("decision", row)
        self._db.execute("DELETE FROM decision WHERE id <= ?", (number - _MOST_DECISIONS,))

    def decisions(self, most: int) -> list[RecordedDecision]:
        """Return the latest decisions, newest first."""
        rows = self._db.execute("SELECT * FROM decision ORDER BY id DESC LIMIT ?", (most,))
        found = [{name: row[name] for name in row.keys() if name != "id"} for row in rows]  # noqa: SIM118
        return [RecordedDecision.model_validate(one | {"attributes": json.loads(one["attributes"])}) for one in found]
