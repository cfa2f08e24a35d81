"""Reviewers with keys, and verdicts that they sign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.expert_review import (
    SCOPES,
    ReviewBundle,
    Reviewer,
    ReviewRule,
    ReviewSubject,
    Scope,
    SignedEnvelope,
    SubjectFile,
    load_reviewer_key,
    new_reviewer_key,
    sign,
    statement_of,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PACKAGES = "0" * 64


class Panel:
    """Reviewers with keys in a folder."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        self.reviewers = tuple(Reviewer(name=name, key=new_reviewer_key(name, folder)[1].read_text()) for name in names)

    def rule(self, **fields: Any) -> ReviewRule:
        """A rule with all of them."""
        return ReviewRule(review="client", reviewers=self.reviewers, **fields)

    def verdict(
        self,
        name: str,
        verdict: Any = "approved",
        *,
        bundle: ReviewBundle | None = None,
        scope: Sequence[Scope] = SCOPES,
        days: int = 30,
        at: datetime = NOW,
        by: str = "",
    ) -> SignedEnvelope:
        """A verdict that one of them signs; `by` is another name in it."""
        statement = statement_of(
            bundle or bundle_of(), verdict, by or name, tuple(scope), at, at + timedelta(days=days)
        )
        return sign(statement.content, load_reviewer_key(name, self.folder))


def bundle_of(sha256: str = "a" * 64, recipe_digest: str = "r1", packages: str = PACKAGES) -> ReviewBundle:
    """A bundle about one file."""
    subject = ReviewSubject(
        take="001-IMG_0101",
        recipe="youtube-4k",
        recipe_digest=recipe_digest,
        packages=packages,
        start=0,  # type: ignore[arg-type]
        duration=2,  # type: ignore[arg-type]
        files=(SubjectFile(path="film.mp4", sha256=sha256, bytes=1),),
    )
    return ReviewBundle(
        id="b1", project="Walk", review="client", scope=SCOPES, quorum=1, reviewers=(), made_at=NOW, subjects=(subject,)
    )
