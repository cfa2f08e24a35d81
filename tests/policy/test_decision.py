"""Decisions: Cedar is the oracle for policies and requests that are complete."""

from __future__ import annotations

from pathlib import Path

import cedarpy
from hypothesis import given
from hypothesis import strategies as st

from engine.policy import Outcome, PolicyFile, PolicyRequest, Rule, RuleCondition, decide
from tests.policy.policies import cedar_of, policies, requests


def cedar_decision(policy: PolicyFile, request: PolicyRequest) -> cedarpy.AuthzResult:
    return cedarpy.is_authorized(
        {
            "principal": 'User::"creator"',
            "action": f'Action::"{request.action}"',
            "resource": 'Studio::"studio"',
            "context": dict(request.values),
        },
        cedar_of(policy),
        [],
    )


@given(policies(), requests())
def test_decisions_are_those_of_cedar(policy: PolicyFile, request: PolicyRequest) -> None:
    oracle = cedar_decision(policy, request)
    decision = decide([policy], request)
    assert decision.permitted is oracle.allowed
    assert not decision.error
    # The rule that decides is one of those that Cedar names.
    assert (decision.rule is None) is (not oracle.diagnostics.reasons)


@given(policies(), requests(), st.data())
def test_a_missing_attribute_never_permits_what_cedar_refuses(
    policy: PolicyFile, request: PolicyRequest, data: st.DataObject
) -> None:
    missing = data.draw(st.sampled_from(sorted(request.values)))
    partial = PolicyRequest(request.action, {name: one for name, one in request.values.items() if name != missing})
    decision = decide([policy], partial)
    outcomes = [rule.evaluate(partial) for rule in policy.rules]
    if Outcome.CANNOT_BE_EVALUATED in outcomes:
        assert not decision.permitted
        assert decision.error
        assert missing in decision.reason
    else:
        assert decision.permitted is decide([policy], request).permitted


@given(policies(), policies(), requests())
def test_a_further_policy_with_a_refusal_always_refuses(
    one: PolicyFile, other: PolicyFile, request: PolicyRequest
) -> None:
    both = decide([one, other], request)
    forbids = [rule for rule in (*one.rules, *other.rules) if rule.effect == "forbid"]
    if any(rule.evaluate(request) is Outcome.APPLIES for rule in forbids):
        assert not both.permitted
    elif decide([one], request).permitted:
        assert both.permitted


def test_cedar_permits_what_it_cannot_evaluate_and_we_do_not() -> None:
    everything = Rule("all", "permit", frozenset({"deliver"}), (), "Everything.", Path("a.toml"), 0)
    limit = Rule(
        "limit",
        "forbid",
        frozenset({"deliver"}),
        (RuleCondition("long_edge", "above", (1920,)),),
        "HD.",
        Path("a.toml"),
        1,
    )
    policy = PolicyFile("a", Path("a.toml"), "A", "rules", "nobody", "never", (everything, limit))
    request = PolicyRequest("deliver", {"recipe": "youtube-4k"})
    assert cedar_decision(policy, request).allowed
    decision = decide([policy], request)
    assert (decision.permitted, decision.rule, decision.error) == (False, limit, True)
    assert decision.reason == "The rule limit cannot be evaluated, because long_edge is not known."
