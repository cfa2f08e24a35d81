"""Random policies and requests, and the same policies in Cedar."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import strategies as st

from engine.policy import ACTIONS, Action, PolicyFile, PolicyRequest, Rule, RuleCondition, Value

WORDS = ("youtube-4k", "podcast", "hevc", "prores", "exr", "png", "originals", "nothing")
NUMBERS = st.integers(0, 6)


def values_of(kind: type) -> st.SearchStrategy[Value]:
    """Values of an attribute."""
    return st.booleans() if kind is bool else NUMBERS if kind is int else st.sampled_from(WORDS)


@st.composite
def conditions(draw: st.DrawFn, actions: list[Action]) -> RuleCondition | None:
    """A condition on an attribute that all of the actions have; None if there is none."""
    shared = set.intersection(*(set(ACTIONS[action][1]) for action in actions))
    if not shared:
        return None
    name = draw(st.sampled_from(sorted(shared)))
    kind = ACTIONS[actions[0]][1][name].kind
    if kind is int and draw(st.booleans()):
        return RuleCondition(name, draw(st.sampled_from(["above", "below", "at_least", "at_most"])), (draw(NUMBERS),))
    values = draw(st.lists(values_of(kind), min_size=1, max_size=3))
    return RuleCondition(name, draw(st.sampled_from(["is", "is_not"])), tuple(values))


@st.composite
def policies(draw: st.DrawFn) -> PolicyFile:
    """A policy of up to six rules."""
    rules = []
    for index in range(draw(st.integers(0, 6))):
        actions = draw(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=2, unique=True))
        found = draw(st.lists(conditions(actions), max_size=3))
        kept = tuple(one for one in found if one)
        effect = draw(st.sampled_from(["permit", "permit", "forbid"]))
        rules.append(Rule(f"rule-{index}", effect, frozenset(actions), kept, "A reason.", Path("any.toml"), index))
    return PolicyFile("any", Path("any.toml"), "Any", "rules", "nobody", "never", tuple(rules))


@st.composite
def requests(draw: st.DrawFn) -> PolicyRequest:
    """A request with every attribute of its action."""
    action = draw(st.sampled_from(sorted(ACTIONS)))
    return PolicyRequest(action, {name: draw(values_of(one.kind)) for name, one in ACTIONS[action][1].items()})


def cedar_of(policy: PolicyFile) -> str:
    """The rules as a Cedar policy set."""
    return "\n".join(_cedar_rule(rule) for rule in policy.rules)


def _cedar_rule(rule: Rule) -> str:
    actions = ", ".join(f"Action::{json.dumps(one)}" for one in sorted(rule.actions))
    text = " && ".join(_cedar_condition(one) for one in rule.conditions) or "true"
    return f"@id({json.dumps(rule.id)}) {rule.effect} (principal, action in [{actions}], resource) when {{ {text} }};"


def _cedar_condition(one: RuleCondition) -> str:
    name, values = f"context.{one.attribute}", ", ".join(json.dumps(value) for value in one.values)
    signs = {"above": ">", "below": "<", "at_least": ">=", "at_most": "<="}
    if one.comparison in signs:
        return f"({name} {signs[one.comparison]} {values})"
    found = f"[{values}].contains({name})"
    return found if one.comparison == "is" else f"!({found})"
