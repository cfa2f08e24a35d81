"""Policy files (TOML): a title, who may change the file and how, and rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationInfo, model_validator

from engine.policy.actions import ACTIONS, Action, Value
from engine.policy.rule import Comparison, Rule, RuleCondition
from engine.validation import matching, read_text, read_toml

_Id = Annotated[str, matching(r"[a-z0-9][a-z0-9-]*", "lower-case letters, digits and hyphens")]
_COMPARISONS: tuple[Comparison, ...] = ("above", "below", "at_least", "at_most", "is_not")
_KINDS = {str: "text", bool: "true or false", int: "a whole number"}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Limits(_Table):
    """Comparisons of one attribute; all of them must be true."""

    above: StrictInt | None = None
    below: StrictInt | None = None
    at_least: StrictInt | None = None
    at_most: StrictInt | None = None
    is_not: StrictStr | StrictBool | StrictInt | tuple[StrictStr | StrictBool | StrictInt, ...] | None = None


class RuleTable(_Table):
    """`[[rule]]`: `when` has conditions by attribute: a value, a list of values, or a table of comparisons."""

    id: _Id
    effect: Literal["permit", "forbid"]
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1)]
    when: dict[str, StrictBool | StrictInt | StrictStr | tuple[StrictBool | StrictInt | StrictStr, ...] | _Limits] = {}

    @model_validator(mode="after")
    def _attributes_exist(self, info: ValidationInfo) -> Self:
        for action in self.actions:
            known = ACTIONS[action][1]
            for condition in self.conditions():
                attribute = known.get(condition.attribute)
                if attribute is None:
                    names = ", ".join(known)
                    raise ValueError(f"{action} has no attribute {condition.attribute}; it has {names}")
                for value in condition.values:
                    if type(value) is not attribute.kind:
                        wanted = _KINDS[attribute.kind]
                        raise ValueError(f"when.{condition.attribute} must be {wanted}: it is {attribute.meaning}")
        return self

    def conditions(self) -> tuple[RuleCondition, ...]:
        """The conditions of `when`, in order."""
        found: list[RuleCondition] = []
        for name, wanted in self.when.items():
            if isinstance(wanted, _Limits):
                given = ((comparison, getattr(wanted, comparison)) for comparison in _COMPARISONS)
                found += [_condition(name, comparison, value) for comparison, value in given if value is not None]
            else:
                found.append(_condition(name, "is", wanted))
        return tuple(found)


class PolicyTable(_Table):
    """A policy file. `kind` "plan": active if the studio has chosen it; "rules": always active.

    `owner` says who may change it, `change` how.
    """

    title: str
    kind: Literal["plan", "rules"] = "rules"
    owner: Annotated[str, Field(min_length=1)]
    change: Annotated[str, Field(min_length=1)]
    rule: tuple[RuleTable, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [one.id for one in self.rule]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"several rules have the id {twice[0]}")
        return self


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy file that has been read. `name` is the file's name without its ending."""

    name: str
    path: Path
    title: str
    kind: Literal["plan", "rules"]
    owner: str
    change: str
    rules: tuple[Rule, ...]


def read_policy(path: Path) -> PolicyFile:
    """Reads a policy file. Raises RequestError, with lines, if it is malformed."""
    table = read_toml(PolicyTable, read_text(path), str(path), "policy", "Fix these lines.")
    rules = tuple(
        Rule(one.id, one.effect, frozenset(one.actions), one.conditions(), one.reason, path, index)
        for index, one in enumerate(table.rule)
    )
    return PolicyFile(path.stem, path, table.title, table.kind, table.owner, table.change, rules)


def _condition(name: str, comparison: Comparison, value: Any) -> RuleCondition:
    values: tuple[Value, ...] = tuple(value) if isinstance(value, tuple) else (value,)
    return RuleCondition(name, comparison, values)
