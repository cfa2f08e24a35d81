"""A reviewer's verdict as an in-toto statement (version 1) about the SHA-256 of each file."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError
from engine.expert_review.bundle import ReviewBundle, ReviewSubject, Sha256
from engine.expert_review.envelope import PAYLOAD_TYPE, SignedEnvelope
from engine.expert_review.notes import ReviewNote
from engine.expert_review.rules import Scope
from engine.validation import find_json_problems, list_problems

_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
_PREDICATE_TYPE: Literal["urn:cleanwater:review:v1"] = "urn:cleanwater:review:v1"


class DigestSet(FrozenModel):
    """The digest of a file, by in-toto's names."""

    sha256: Sha256


class ReviewedFile(FrozenModel):
    """A file that the verdict is about."""

    name: str
    digest: DigestSet


class ReviewedDeliverable(FrozenModel):
    """A deliverable that the verdict is about: its recipe and packages, and its files by path."""

    take: str
    recipe: str
    recipe_digest: str
    packages: Sha256
    start: Exact
    files: dict[str, Sha256]
    notes: tuple[ReviewNote, ...] = ()


class ReviewPredicate(FrozenModel):
    """The verdict. `bundle` is the id of the bundle that was reviewed; it counts until `expires_at`."""

    verdict: Literal["approved", "changes"]
    project: str
    review: str
    by: str = Field(min_length=1, max_length=100)
    scope: tuple[Scope, ...] = Field(min_length=1)
    bundle: str
    at: datetime
    expires_at: datetime
    deliverables: tuple[ReviewedDeliverable, ...] = Field(min_length=1)


class ReviewStatement(FrozenModel):
    """An in-toto statement about reviewed files."""

    model_config = ConfigDict(populate_by_name=True)

    type: Literal["https://in-toto.io/Statement/v1"] = Field(default=_TYPE, alias="_type")
    subject: tuple[ReviewedFile, ...]
    predicate_type: Literal["urn:cleanwater:review:v1"] = Field(default=_PREDICATE_TYPE, alias="predicateType")
    predicate: ReviewPredicate

    @property
    def content(self) -> bytes:
        """The JSON that is signed: sorted keys, no spaces."""
        table = self.model_dump(mode="json", by_alias=True)
        return json.dumps(table, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def statement_of(
    bundle: ReviewBundle,
    verdict: Literal["approved", "changes"],
    by: str,
    scope: tuple[Scope, ...],
    at: datetime,
    expires_at: datetime,
    notes: tuple[tuple[ReviewNote, ...], ...] = (),
) -> ReviewStatement:
    """The statement of a verdict on all deliverables of a bundle; `notes` are those of each."""
    listed = notes or ((),) * len(bundle.subjects)
    reviewed = [_reviewed(subject, said) for subject, said in zip(bundle.subjects, listed, strict=True)]
    files = {path: digest for one in reviewed for path, digest in one.files.items()}
    return ReviewStatement(
        subject=tuple(ReviewedFile(name=name, digest=DigestSet(sha256=one)) for name, one in sorted(files.items())),
        predicate=ReviewPredicate(
            verdict=verdict,
            project=bundle.project,
            review=bundle.review,
            by=by,
            scope=scope,
            bundle=bundle.id,
            at=at,
            expires_at=expires_at,
            deliverables=tuple(reviewed),
        ),
    )


def read_statement(envelope: SignedEnvelope, source: str) -> ReviewStatement:
    """The statement in an envelope, whose signature this does not check. Raises EngineError if it is none of ours."""
    hint = "The reviewer signs a verdict with cwtui review sign."
    if envelope.payloadType != PAYLOAD_TYPE:
        raise EngineError(f"{source} is not a verdict: it contains {envelope.payloadType!r}.", hint)
    try:
        statement = ReviewStatement.model_validate_json(envelope.content)
    except ValidationError as error:
        problems = list_problems(find_json_problems(error, envelope.content))
        raise EngineError(f"{source} is not a verdict: {problems}.", hint) from error
    named = {one.name: one.digest.sha256 for one in statement.subject}
    listed = {path: digest for one in statement.predicate.deliverables for path, digest in one.files.items()}
    if named != listed:
        raise EngineError(f"{source} is not a verdict: its subjects are not the files of its deliverables.", hint)
    return statement


def _reviewed(subject: ReviewSubject, notes: tuple[ReviewNote, ...]) -> ReviewedDeliverable:
    return ReviewedDeliverable(
        take=subject.take,
        recipe=subject.recipe,
        recipe_digest=subject.recipe_digest,
        packages=subject.packages,
        start=subject.start,
        files={file.path: file.sha256 for file in subject.files},
        notes=notes,
    )
