"""Whether a deliverable has the signed approvals that its review needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.expert_review.envelope import SignedEnvelope, signers_of
from engine.expert_review.rules import ReviewRule, Scope
from engine.expert_review.statement import ReviewedDeliverable, ReviewStatement, read_statement


@dataclass(frozen=True, slots=True)
class ReviewStanding:
    """The state of a review, by the newest valid verdict of each reviewer, by name.

    `missing` are the approvals that each part of the scope still needs. `stale` are reviewers whose verdict is about
    other bytes, another recipe or other packages; `expired` those whose verdict has expired.
    """

    rule: ReviewRule
    approved: Mapping[str, datetime]
    changes: tuple[str, ...]
    stale: tuple[str, ...]
    expired: tuple[str, ...]
    missing: Mapping[Scope, int]

    @property
    def met(self) -> bool:
        """Whether all parts have their approvals, and no reviewer wants changes."""
        return not self.missing and not self.changes

    @property
    def words(self) -> str:
        """The state as a sentence."""
        if self.met:
            return f"{_listed(self.approved)} approved it."
        parts = []
        if self.changes:
            parts.append(f"{_listed(self.changes)} {'want' if len(self.changes) > 1 else 'wants'} changes")
        if self.missing:
            lacking = " and ".join(f"{count} for {part}" for part, count in self.missing.items())
            same = len(set(self.missing.values())) == 1 and set(self.missing) == set(self.rule.scope)
            count = next(iter(self.missing.values()))
            parts.append(f"approvals are missing: {count if same else lacking}")
        others = [one.name for one in self.rule.reviewers if one.name not in self.approved]
        if self.approved:
            parts.append(f"{_listed(self.approved)} approved")
        if self.stale:
            parts.append(f"the verdict of {_listed(self.stale)} is about another version")
        if self.expired:
            parts.append(f"the verdict of {_listed(self.expired)} has expired")
        waiting = [name for name in others if name not in (*self.changes, *self.stale, *self.expired)]
        if waiting:
            parts.append(f"{_listed(waiting)} {'have' if len(waiting) > 1 else 'has'} not answered")
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}."


def standing_of(
    rule: ReviewRule, deliverable: ReviewedDeliverable, verdicts: Iterable[SignedEnvelope], now: datetime
) -> ReviewStanding:
    """The state of a deliverable's review. Verdicts that no reviewer of the rule signed do not count."""
    latest = _latest(rule, deliverable, verdicts)
    approved: dict[str, datetime] = {}
    changes, stale, expired = list[str](), list[str](), list[str]()
    covered: dict[Scope, int] = dict.fromkeys(rule.scope, 0)
    for name, statement in latest.items():
        said = statement.predicate
        until = min(said.expires_at, said.at + timedelta(days=rule.days))
        if not _is_about(statement, deliverable):
            stale.append(name)
        elif said.verdict == "changes":
            changes.append(name)
        elif now >= until:
            expired.append(name)
        else:
            approved[name] = said.at
            for part in said.scope:
                if part in covered:
                    covered[part] += 1
    missing = {part: rule.quorum - count for part, count in covered.items() if count < rule.quorum}
    return ReviewStanding(rule, approved, tuple(changes), tuple(stale), tuple(expired), missing)


def _latest(
    rule: ReviewRule, deliverable: ReviewedDeliverable, verdicts: Iterable[SignedEnvelope]
) -> dict[str, ReviewStatement]:
    """The newest statement of each reviewer about this deliverable or an earlier version of it."""
    names = {one.key: one.name for one in rule.reviewers}
    found: dict[str, ReviewStatement] = {}
    for envelope in verdicts:
        statement = read_statement(envelope, "a verdict")
        said = statement.predicate
        if said.review != rule.review or not any(_same_place(one, deliverable) for one in said.deliverables):
            continue
        for key in signers_of(envelope, names):
            name = names[key]
            if name not in found or found[name].predicate.at < said.at:
                found[name] = statement
    return {name: found[name] for name in names.values() if name in found}


def _same_place(one: ReviewedDeliverable, other: ReviewedDeliverable) -> bool:
    """Whether two descriptions are of the same deliverable, perhaps in other versions."""
    return bool(one.files.keys() & other.files.keys())


def _is_about(statement: ReviewStatement, deliverable: ReviewedDeliverable) -> bool:
    """Whether a verdict is about exactly these bytes, this recipe and these packages."""
    return any(
        (one.files, one.recipe_digest, one.packages)
        == (deliverable.files, deliverable.recipe_digest, deliverable.packages)
        for one in statement.predicate.deliverables
    )


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
