"""The gate: the one place that permits an action, by the policies of a studio, and keeps each decision."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engine.catalog import Catalog, RecordedDecision
from engine.errors import GateError
from engine.policy.actions import ACTIONS, Action, PolicyRequest, Value
from engine.policy.decision import Decision, decide
from engine.policy.library import DEFAULT_PLAN, OWN_POLICIES, PolicyLibrary, load_policies

_KEY: Final = object()


class PolicyError(GateError):
    """A policy refuses an action. The message names the reason, the hint the rule, its place and its owner.

    `reason` is the sentence of the rule alone.
    """

    def __init__(self, message: str, hint: str = "", reason: str = "") -> None:
        super().__init__(message, hint)
        self.reason = reason or message


class Permission:
    """The permission of one action, which only a gate gives. Functions that write or send require it as an argument."""

    __slots__ = ("action",)

    def __init__(self, action: Action, key: object) -> None:
        if key is not _KEY:
            raise TypeError("only Gate.require gives a Permission")
        self.action = action

    def check(self, action: Action) -> None:
        """Raises PolicyError if this is the permission of another action."""
        if self.action != action:
            raise PolicyError(f"{ACTIONS[action][0]} is not permitted by a permission to {self.action}.")


class Gate:
    """The gate of a studio folder. Without a catalog, the default plan is active and no decision is kept."""

    def __init__(self, folder: Path | None, catalog: Catalog | None) -> None:
        self._folder, self._catalog = folder, catalog

    @property
    def library(self) -> PolicyLibrary:
        """The policies as they are now."""
        return load_policies(
            self._folder, self._catalog.policies.plan() or DEFAULT_PLAN if self._catalog else DEFAULT_PLAN
        )

    def decide(self, request: PolicyRequest) -> Decision:
        """The decision on a request, which is not kept: a dry run."""
        library = self.library
        for path, error in library.unreadable:
            return Decision(
                request, False, f"{error.message} Every action is refused until it is mended: {path}.", error=True
            )
        if all(one.name != library.plan for one in library.plans):
            return Decision(request, False, f"The plan of this studio, “{library.plan}”, does not exist.", error=True)
        return decide(library.active, request)

    def check(self, action: Action, **values: Value) -> None:
        """Raises PolicyError if the action would be refused. The decision is not kept."""
        _raise_unless_permitted(self.decide(PolicyRequest(action, values)))

    def require(self, action: Action, **values: Value) -> Permission:
        """The permission of an action with these attributes, by a decision that is kept. Raises PolicyError."""
        decision = self.decide(PolicyRequest(action, values))
        if self._catalog:
            self._catalog.policies.record(recorded(decision))
        _raise_unless_permitted(decision)
        return Permission(action, _KEY)


def recorded(decision: Decision) -> RecordedDecision:
    """A decision as the catalog keeps it."""
    return RecordedDecision(
        action=decision.request.action,
        attributes=dict(decision.request.values),
        permitted=decision.permitted,
        reason=decision.reason,
        rule=decision.rule.id if decision.rule else None,
        file=decision.policy.path if decision.policy else None,
        line=None if decision.permitted else decision.line,
        is_error=decision.error,
    )


def refusal(decision: Decision) -> str:
    """A sentence about a refused action, with its reason."""
    return f"{ACTIONS[decision.request.action][0]} is not permitted: {decision.reason}"


def explanation(decision: Decision) -> str:
    """The rule of a decision with its file and line, and who may change it and how; without a rule, how to add one."""
    policy = decision.policy
    if policy is None:
        if decision.error:
            return "Mend it, or choose another plan: cwtui policy plan NAME."
        return f'A rule with effect = "permit" in the studio\'s folder {OWN_POLICIES} can permit it.'
    line = f", line {decision.line}" if decision.line else ""
    rule = f"Rule {decision.rule.id}" if decision.rule else "No rule"
    return (
        f"{rule} of the policy {policy.title} applies ({policy.path}{line}). {policy.owner} decides: {policy.change}."
    )


def _raise_unless_permitted(decision: Decision) -> None:
    if not decision.permitted:
        raise PolicyError(refusal(decision), explanation(decision), decision.reason)
