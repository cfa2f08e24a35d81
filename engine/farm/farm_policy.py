"""Which content of a project a machine of the farm may have, by the policies of the studio."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Catalog, FarmMachine
from engine.farm.work_order import Content
from engine.policy import Gate, PolicyError


class FarmPolicy:
    """Decides by the privacy step of a project, and by the studio's own rules. Use it in one thread."""

    def __init__(self, studio: Path) -> None:
        self._studio = studio
        self._catalog: Catalog | None = None
        self._kept: set[tuple[str, ...]] = set()

    def may_send(self, machine: FarmMachine, project_id: str | None, content: Content) -> str | None:
        """Return the rule that keeps a content of a project from a machine, None if the machine may have it.

        A file is requested in many parts: the first decision of each sort is kept, the same one again is not.
        """
        if self._catalog is None:
            self._catalog = Catalog.in_studio(self._studio)
        gate = Gate(self._studio, self._catalog)
        leaves = self._leaves(self._catalog, project_id)
        asked = (machine.name, project_id or "", content, leaves)
        decide = gate.check if asked in self._kept else gate.require
        try:
            decide("send", material=content, leaves=leaves, machine=machine.name)
        except PolicyError as refused:
            return refused.reason
        finally:
            self._kept.add(asked)
        return None

    def close(self) -> None:
        """Close the catalog."""
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None

    @staticmethod
    def _leaves(catalog: Catalog, project_id: str | None) -> str:
        for project in catalog.projects():
            if project.id == project_id:
                return catalog.policies.leaves(project)
        return "nothing"
