"""A rule of a policy: it permits or forbids actions under conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal

from engine.policy.actions import Action, PolicyRequest, Value

Comparison = Literal["is", "is_not", "above", "below", "at_least", "at_most"]


class Outcome(Enum):
    """The result of a rule for one request."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does not apply"
    CANNOT_BE_EVALUATED = "cannot be evaluated"


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """A comparison of an attribute: `is` and `is_not` with any of `values`, the others with the only one."""

    attribute: str
    comparison: Comparison
    values: tuple[Value, ...]

    def holds(self, value: Value) -> bool:
        """Whether the condition is true for a value of the attribute."""
        if self.comparison in ("is", "is_not"):
            # True is 1 for Python.
            found = any(value == one and type(value) is type(one) for one in self.values)
            return found is (self.comparison == "is")
        limit = self.values[0]
        assert isinstance(value, int)
        assert isinstance(limit, int)
        match self.comparison:
            case "above":
                return value > limit
            case "below":
                return value < limit
            case "at_least":
                return value >= limit
            case _:
                return value <= limit


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a policy file. It applies to a request of one of its actions if all of its conditions are true.

    `index` is its place among the rules of `file`. `reason` is a sentence for the user.
    """

    id: str
    effect: Literal["permit", "forbid"]
    actions: frozenset[Action]
    conditions: tuple[RuleCondition, ...]
    reason: str
    file: Path
    index: int

    def evaluate(self, request: PolicyRequest) -> Outcome:
        """The outcome for a request. A missing attribute decides only if no other condition is false."""
        if request.action not in self.actions:
            return Outcome.DOES_NOT_APPLY
        missing = False
        for condition in self.conditions:
            if condition.attribute not in request.values:
                missing = True
            elif not condition.holds(request.values[condition.attribute]):
                return Outcome.DOES_NOT_APPLY
        return Outcome.CANNOT_BE_EVALUATED if missing else Outcome.APPLIES

    def missing(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The attributes of the conditions that a request does not have."""
        return tuple(one.attribute for one in self.conditions if one.attribute not in values)
