"""Policies: which deliverables a plan permits, and what may leave this machine. One gate decides, and keeps why."""

from .actions import ACTIONS, LEAVES, Action, Attribute, Leaves, PolicyRequest, Value, parse_request
from .decision import Decision, decide
from .gate import Gate, Permission, PolicyError, explanation, refusal
from .library import DEFAULT_PLAN, OWN_POLICIES, PolicyLibrary, load_policies
from .policy_file import PolicyFile, PolicyTable, read_policy
from .rule import Outcome, Rule, RuleCondition

__all__ = [
    "ACTIONS",
    "DEFAULT_PLAN",
    "LEAVES",
    "OWN_POLICIES",
    "Action",
    "Attribute",
    "Decision",
    "Gate",
    "Leaves",
    "Outcome",
    "Permission",
    "PolicyError",
    "PolicyFile",
    "PolicyLibrary",
    "PolicyRequest",
    "PolicyTable",
    "Rule",
    "RuleCondition",
    "Value",
    "decide",
    "explanation",
    "load_policies",
    "parse_request",
    "read_policy",
    "refusal",
]
