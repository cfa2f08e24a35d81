"""Approvals of deliverables: a named review, which a recipe may require before a deliverable counts as delivered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

from engine.atomic_files import exclusive_lock, write_atomic
from engine.catalog import FrozenModel
from engine.deliver.receipt import Deliverable, now, read_receipt
from engine.errors import RequestError
from engine.expert_review import (
    ReviewedDeliverable,
    ReviewRules,
    ReviewStanding,
    read_review_rules,
    read_verdicts,
    standing_of,
)
from engine.file_digest import sha256_of
from engine.validation import read_json

APPROVALS = "approvals.json"
_HINT = "Move the file aside and approve again; the deliverables are not changed."


class Approval(FrozenModel):
    """A person's approval of one deliverable: the name of the review, and the SHA-256 of each file by path.

    It is void once a file has other bytes.
    """

    review: str
    by: str
    at: datetime
    files: dict[str, str]


class ApprovalList(FrozenModel):
    """The approvals of the deliverables in one folder, beside their receipt.

    Those of a review that needs signatures follow from the signed verdicts, and are not stored.
    """

    version: Literal[1] = 1
    approvals: tuple[Approval, ...] = ()

    def of(self, delivery: Deliverable) -> Approval | None:
        """The approval of a deliverable as it is in the receipt; None if there is none, or it needs none."""
        files = {file.path: file.sha256 for file in delivery.files}
        found = (one for one in self.approvals if one.review == delivery.approval and one.files == files)
        return next(found, None)

    def missing(self, deliveries: Iterable[Deliverable]) -> list[Deliverable]:
        """The deliverables that need a review and have none."""
        return [one for one in deliveries if one.approval and self.of(one) is None]


def read_approvals(folder: Path) -> ApprovalList:
    """The approvals in a folder, empty if there are none. Raises EngineError if they cannot be read."""
    listed, rules = _stored(folder), rules_of(folder)
    signed = [_signed(one, standing) for one, standing in review_standings(folder)]
    kept = [one for one in listed.approvals if rules.of(one.review) is None]
    return ApprovalList(approvals=(*kept, *(one for one in signed if one)))


def rules_of(folder: Path) -> ReviewRules:
    """The reviews that need signatures, in the project of a folder of deliverables: `PROJECT/deliverables/RECIPE`."""
    return read_review_rules(folder.absolute().parent.parent)


def review_standings(folder: Path) -> list[tuple[Deliverable, ReviewStanding]]:
    """The deliverables of a folder whose review needs signatures, with the state of the review.

    Raises EngineError if a rule, a verdict or the receipt is damaged.
    """
    rules = rules_of(folder)
    needed = [(one, rule) for one in read_receipt(folder).deliveries if (rule := rules.of(one.approval))]
    if not needed:
        return []
    verdicts, at = read_verdicts(folder), now()
    return [(one, standing_of(rule, reviewed_as(one), verdicts, at)) for one, rule in needed]


def reviewed_as(delivery: Deliverable) -> ReviewedDeliverable:
    """A deliverable as a verdict describes it."""
    return ReviewedDeliverable(
        take=delivery.take,
        recipe=delivery.recipe,
        recipe_digest=delivery.recipe_digest,
        packages=packages_digest(delivery),
        start=delivery.start,
        files={file.path: file.sha256 for file in delivery.files},
    )


def packages_digest(delivery: Deliverable) -> str:
    """The SHA-256 of the market packages that a deliverable uses."""
    rows = [one.model_dump(mode="json") for one in delivery.packages]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def _stored(folder: Path) -> ApprovalList:
    path = folder / APPROVALS
    return read_json(ApprovalList, path.read_bytes(), str(path), _HINT) if path.is_file() else ApprovalList()


def _signed(delivery: Deliverable, standing: ReviewStanding) -> Approval | None:
    if not standing.met:
        return None
    files = {file.path: file.sha256 for file in delivery.files}
    by, at = " and ".join(standing.approved), max(standing.approved.values())
    return Approval(review=standing.rule.review, by=by, at=at, files=files)


def approve(folder: Path, by: str, paths: Iterable[str] = ()) -> list[Deliverable]:
    """Records that a person approves the deliverables of a folder that need a review; returns them.

    `paths` limits them to those with one of these files. The files are read: one with other bytes than in the receipt
    is not approved. Raises RequestError if there is nothing to approve, a file differs, or a check failed.
    """
    if not by.strip():
        raise RequestError("An approval needs the name of a person.", "Name the person with --by.")
    wanted = set(paths)
    with exclusive_lock(folder / f".{APPROVALS}.lock", wait=True, what="An approval"):
        listed, rules = _stored(folder), rules_of(folder)
        deliveries = [one for one in read_receipt(folder).deliveries if one.approval and _has(one, wanted)]
        if not deliveries:
            raise RequestError(
                f"Nothing in {folder} needs a review.", 'A recipe asks for one with approval = "client".'
            )
        for one in deliveries:
            if rules.of(one.approval):
                raise RequestError(
                    f"The review “{one.approval}” needs signed verdicts of its reviewers.",
                    "cwtui review export makes the bundle for them; cwtui review import reads their verdicts.",
                )
        approved = [_approval(folder, one, by.strip()) for one in deliveries]
        files = [one.files.keys() for one in approved]
        kept = [one for one in listed.approvals if not any(one.files.keys() & names for names in files)]
        made = ApprovalList(approvals=(*kept, *approved))
        write_atomic(folder / APPROVALS, made.model_dump_json(indent=2).encode())
    return deliveries


def _has(delivery: Deliverable, wanted: set[str]) -> bool:
    return not wanted or bool(wanted & {file.path for file in delivery.files})


def _approval(folder: Path, delivery: Deliverable, by: str) -> Approval:
    assert delivery.approval
    if not delivery.passed:
        raise RequestError(
            f"A check of “{delivery.take}” failed.", "Deliver it again, or change the recipe, before it is reviewed."
        )
    for file in delivery.files:
        path = folder / file.path
        if not path.is_file() or sha256_of(path) != file.sha256:
            raise RequestError(
                f"{path} is not as it was delivered.", "Deliver it again; cwtui verify names what was changed."
            )
    files = {file.path: file.sha256 for file in delivery.files}
    return Approval(review=delivery.approval, by=by, at=now(), files=files)
