"""The decision of a policy on a request: deny by default, forbid wins, and an error refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.policy.actions import PolicyRequest
from engine.policy.policy_file import PolicyFile
from engine.policy.rule import Outcome, Rule


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is permitted, and the rule that decides, None if no rule applies.

    `policy` is the one of the rule; without a rule, one that permits the action under other conditions. `reason` is a
    sentence. `error`: the rule, or a policy file, could not be evaluated.
    """

    request: PolicyRequest
    permitted: bool
    reason: str
    policy: PolicyFile | None = None
    rule: Rule | None = None
    error: bool = False

    @property
    def line(self) -> int | None:
        """The line of the rule in its file, from 1."""
        if self.rule is None:
            return None
        from engine.validation import line_of, read_text

        line = line_of(read_text(self.rule.file), ("rule", str(self.rule.index)))
        return None if line is None else line + 1


def decide(policies: Sequence[PolicyFile], request: PolicyRequest) -> Decision:
    """Decides by the rules of all policies.

    A rule that cannot be evaluated refuses, also one that permits: a mistake never opens what it should close. A rule
    that forbids wins over any that permit. Without a rule that permits, the request is refused.
    """
    found = [(policy, rule, rule.evaluate(request)) for policy in policies for rule in policy.rules]
    for policy, rule, outcome in found:
        if outcome is Outcome.CANNOT_BE_EVALUATED:
            names = " and ".join(rule.missing(request.values))
            unknown = f"The rule {rule.id} cannot be evaluated, because {names} is not known."
            return Decision(request, False, unknown, policy, rule, error=True)
    for effect in ("forbid", "permit"):
        for policy, rule, outcome in found:
            if rule.effect == effect and outcome is Outcome.APPLIES:
                return Decision(request, effect == "permit", rule.reason, policy, rule)
    permits = (policy for policy, rule, _ in found if rule.effect == "permit" and request.action in rule.actions)
    return Decision(request, False, "No rule permits it.", next(permits, None))
