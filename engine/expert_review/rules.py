"""The reviews of a project that need signatures: the reviewers, how many of them must approve, and what."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.expert_review.reviewer_keys import read_reviewer_key
from engine.validation import read_json

Scope = Literal["picture", "sound", "words", "rights"]
"""A part of a deliverable that a reviewer judges: `words` are captions and titles, `rights` licences and consent."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

REVIEWERS = "reviewers.json"
"""The file of the rules, in the folder of a project."""


class Reviewer(FrozenModel):
    """A person whose signature counts, with the public key in PEM."""

    name: str = Field(min_length=1, max_length=100)
    key: str

    @field_validator("key")
    @classmethod
    def _is_key(cls, key: str) -> str:
        try:
            read_reviewer_key(key)
        except RequestError as error:
            raise ValueError(error.message) from error
        return key


class ReviewRule(FrozenModel):
    """A review by its name in recipes. Each part of `scope` needs the approval of `quorum` of the reviewers.

    A verdict counts for at most `days`, from its signature on.
    """

    review: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)
    reviewers: tuple[Reviewer, ...] = ()
    quorum: int = Field(default=1, ge=1, le=100)
    scope: tuple[Scope, ...] = Field(default=SCOPES, min_length=1)
    days: int = Field(default=90, ge=1, le=3650)

    @model_validator(mode="after")
    def _one_key_each(self) -> ReviewRule:
        if len({one.key for one in self.reviewers}) < len(self.reviewers):
            raise ValueError("two reviewers must not have the same key")
        if len({one.name for one in self.reviewers}) < len(self.reviewers):
            raise ValueError("two reviewers must not have the same name")
        return self


class ReviewRules(FrozenModel):
    """The rules of a project."""

    version: Literal[1] = 1
    reviews: tuple[ReviewRule, ...] = ()

    def of(self, review: str | None) -> ReviewRule | None:
        """The rule for a review; None if it needs no signatures."""
        return next((one for one in self.reviews if one.review == review), None)

    def with_rule(self, rule: ReviewRule) -> ReviewRules:
        """These rules with another one in place of that of its name."""
        others = [one for one in self.reviews if one.review != rule.review]
        return ReviewRules(reviews=tuple(sorted([*others, rule], key=lambda one: one.review)))


def read_review_rules(project: Path) -> ReviewRules:
    """The rules in the folder of a project; none without a file. Raises EngineError if it is not valid."""
    path = project / REVIEWERS
    if not path.is_file():
        return ReviewRules()
    return read_json(ReviewRules, path.read_bytes(), str(path), "Restore it from a backup, or add the reviewers again.")


def write_review_rules(project: Path, rules: ReviewRules) -> None:
    """Stores the rules of a project."""
    write_atomic(project / REVIEWERS, rules.model_dump_json(indent=2).encode())
