"""The policy files of a studio: those of Cleanwater, and its own in STUDIO/policies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.errors import EngineError, RequestError
from engine.policy.policy_file import PolicyFile, read_policy
from engine.resources import resource_root
from engine.suggestion import hint_with_suggestion

OWN_POLICIES = "policies"
"""The folder of a studio with its own policies."""
DEFAULT_PLAN = "creator"


@dataclass(frozen=True, slots=True)
class PolicyLibrary:
    """All policies by name, and the errors of files that cannot be read. `plan` is the name of the chosen plan."""

    policies: dict[str, PolicyFile]
    unreadable: tuple[tuple[Path, EngineError], ...]
    plan: str

    @property
    def active(self) -> tuple[PolicyFile, ...]:
        """The chosen plan, then the files with rules."""
        return tuple(
            sorted(
                (one for one in self.policies.values() if one.kind == "rules" or one.name == self.plan),
                key=lambda one: (one.kind != "plan", one.name),
            )
        )

    @property
    def plans(self) -> tuple[PolicyFile, ...]:
        """The plans, one of which is chosen."""
        return tuple(one for one in self.policies.values() if one.kind == "plan")

    def require_plan(self, name: str) -> PolicyFile:
        """The plan with this name. Raises RequestError if there is none."""
        plans = {one.name: one for one in self.plans}
        if name not in plans:
            hint = hint_with_suggestion(name, plans, f"Plans: {', '.join(plans)}.")
            raise RequestError(f"There is no plan “{name}”.", hint)
        return plans[name]


def load_policies(folder: Path | None, plan: str = DEFAULT_PLAN) -> PolicyLibrary:
    """Loads the policies of a studio folder; None for Cleanwater's alone. A file that cannot be read is listed."""
    policies = dict(_shipped())
    unreadable: list[tuple[Path, EngineError]] = []
    for path in sorted((folder / OWN_POLICIES).glob("*.toml")) if folder else ():
        try:
            if path.stem in policies:
                raise RequestError(f"{path} has the name of a policy of Cleanwater.", "Give the file another name.")
            policies[path.stem] = read_policy(path)
        except EngineError as error:
            unreadable.append((path, error))
    return PolicyLibrary(policies, tuple(unreadable), plan)


@cache
def _shipped() -> dict[str, PolicyFile]:
    return {path.stem: read_policy(path) for path in sorted((resource_root("presets") / "policies").glob("*.toml"))}
