"""The results of a delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.catalog import Selection
from engine.deliver import FAILED, RECEIPT, Deliverable
from engine.errors import GateError


@dataclass(slots=True)
class DeliveryOutcome:
    """The results of a delivery, by take. `folder` is the output folder."""

    delivered: list[Deliverable] = field(default_factory=list)
    folder: Path | None = None
    selection: Selection | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)
    waiting: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)

    @property
    def receipt(self) -> Path | None:
        """The path of the receipt; None if nothing was delivered, or no file was kept.

        If the recipe moved all files aside because a check failed, it is the receipt beside them.
        """
        files = [file.path for delivered in self.delivered for file in delivered.files]
        if self.folder is None or not files:
            return None
        aside = all(path.startswith(f"{FAILED}/") for path in files)
        return self.folder / FAILED / RECEIPT if aside else self.folder / RECEIPT

    @property
    def exit_code(self) -> int:
        """1 if a job or a check failed, 3 if a take waits for the user, else 0."""
        if self.failed or not all(delivered.passed for delivered in self.delivered):
            return 1
        return GateError.exit_code if self.waiting else 0

    def as_json(self) -> dict[str, Any]:
        """The JSON result of the command line: absolute paths; files, checks and so on have their take."""
        assert self.folder is not None
        return {
            "files": [
                {**file.model_dump(), "path": str(self.folder / file.path), "take": delivered.take}
                for delivered in self.delivered
                for file in delivered.files
            ],
            "checks": [
                {**check.model_dump(), "take": delivered.take}
                for delivered in self.delivered
                for check in delivered.checks
            ],
            "damage": [
                {**one.model_dump(mode="json"), "take": delivered.take}
                for delivered in self.delivered
                for one in delivered.damage
            ],
            "limiter": [
                {**delivered.limiter.model_dump(mode="json"), "take": delivered.take}
                for delivered in self.delivered
                if delivered.limiter
            ],
            "platforms": [
                {**verdict.as_json(), "take": delivered.take}
                for delivered in self.delivered
                if (verdict := delivered.platform)
            ],
            "complete": all(delivered.complete for delivered in self.delivered),
            "receipt": str(self.receipt) if self.receipt else None,
            "selection": self.selection.as_json() if self.selection else None,
            "skipped": self.skipped,
            "waiting": self.waiting,
            "failed": self.failed,
        }
