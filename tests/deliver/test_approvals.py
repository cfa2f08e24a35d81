"""Approvals: a deliverable counts as delivered after the review that its recipe asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.deliver import (
    Deliverable,
    DeliverableRequest,
    Recipe,
    SoundRecipe,
    approve,
    build_deliverable,
    load_library,
    packages_digest,
    read_approvals,
    read_receipt,
    review_standings,
)
from engine.errors import EngineError, RequestError
from engine.expert_review import (
    ReviewBundle,
    ReviewRules,
    ReviewSubject,
    SubjectFile,
    keep_verdict,
    write_review_rules,
)
from engine.ingest import inspect
from engine.studio import LinkState, Studio, prove_receipt
from fixtures import clips
from tests.expert_review.verdicts import Panel, bundle_of
from tests.permissions import DELIVER

RECIPE = Recipe(
    name="review", title="Review", approval="client", sound=SoundRecipe(codec="wav", lufs=-16, true_peak_dbtp=-1)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The deliverables of two takes in the project Walk, which need the review of the client."""
    with Studio(tmp_path / "studio") as studio:
        studio.new_project("Walk")
    folder = tmp_path / "studio" / "walk" / "deliverables" / "review"
    for name in "ab":
        footage = inspect(clips.tone(tmp_path / f"{name}.wav", 1))
        assert build_deliverable(DELIVER, DeliverableRequest(footage, name, RECIPE, None), folder).approval == "client"
    return folder


def reviews(folder: Path) -> tuple[str, ...]:
    """The reviews that the recipe's deliveries in the project still need."""
    studio = folder.parents[2]
    (studio / "recipes").mkdir(exist_ok=True)
    (studio / "recipes" / "review.toml").write_text('title = "Review"\n')
    with Studio(studio) as opened:
        return load_library(studio, opened.project("Walk")).recipe("review").reviews


def test_an_approval_counts_until_a_file_changes(folder: Path) -> None:
    deliveries = read_receipt(folder).deliveries
    assert [one.take for one in read_approvals(folder).missing(deliveries)] == ["a", "b"]
    assert reviews(folder) == ("client",)
    assert [one.take for one in approve(folder, "Anna", ["a.wav"])] == ["a"]
    assert [one.take for one in read_approvals(folder).missing(deliveries)] == ["b"]
    assert [one.take for one in approve(folder, " Ben ")] == ["a", "b"]
    approvals = read_approvals(folder)
    assert [(one.review, one.by) for one in approvals.approvals] == [("client", "Ben")] * 2
    assert reviews(folder) == ()
    other = deliveries[0].files[0].model_copy(update={"sha256": "0" * 64})
    assert approvals.of(deliveries[0].model_copy(update={"files": (other,)})) is None


def test_the_proof_names_the_person(folder: Path) -> None:
    approve(folder, "Anna", ["a.wav"])
    with Studio(folder.parents[2]) as studio:
        links = [next(link for link in one.links if link.kind == "approval") for one in prove_receipt(studio, folder)]
    assert [link.state for link in links] == [LinkState.PROVEN, LinkState.NOT_PROVEN]
    assert links[0].detail.startswith("Anna approved these files on ")


def test_what_was_changed_or_failed_is_not_approved(folder: Path) -> None:
    with pytest.raises(RequestError, match="needs the name"):
        approve(folder, " ")
    with pytest.raises(RequestError, match="Nothing in"):
        approve(folder, "Anna", ["c.wav"])
    (folder / "a.wav").write_bytes(b"")
    with pytest.raises(RequestError, match=r"a\.wav is not as it was delivered"):
        approve(folder, "Anna")
    receipt = read_receipt(folder)
    failed = receipt.deliveries[1].checks[0].model_copy(update={"passed": False})
    deliveries = (receipt.deliveries[0], receipt.deliveries[1].model_copy(update={"checks": (failed,)}))
    (folder / "receipt.json").write_text(receipt.model_copy(update={"deliveries": deliveries}).model_dump_json())
    with pytest.raises(RequestError, match="A check of “b” failed"):
        approve(folder, "Anna", ["b.wav"])
    assert not (folder / "approvals.json").exists()
    (folder / "approvals.json").write_text("{}}")
    with pytest.raises(EngineError, match=r"approvals\.json is not valid"):
        approve(folder, "Anna", ["b.wav"])


def test_a_review_with_reviewers_needs_their_signatures(folder: Path, tmp_path: Path) -> None:
    panel = Panel(tmp_path / "keys", "Anna", "Ben")
    write_review_rules(folder.parents[1], ReviewRules(reviews=(panel.rule(quorum=2),)))
    with pytest.raises(RequestError, match="needs signed verdicts"):
        approve(folder, "Anna")
    first, second = read_receipt(folder).deliveries
    for name in ("Anna", "Ben"):
        keep_verdict(folder, panel.verdict(name, bundle=bundle_about(first), at=datetime.now(UTC)))
    approvals = read_approvals(folder)
    assert (approvals.of(first), approvals.of(second)) == (approvals.approvals[0], None)
    assert approvals.approvals[0].by == "Anna and Ben"
    assert [standing.met for _, standing in review_standings(folder)] == [True, False]
    with Studio(folder.parents[2]) as studio:
        links = [next(link for link in one.links if link.kind == "approval") for one in prove_receipt(studio, folder)]
    assert [link.state for link in links] == [LinkState.PROVEN, LinkState.NOT_PROVEN]


def test_an_approval_by_name_ends_when_reviewers_are_added(folder: Path, tmp_path: Path) -> None:
    approve(folder, "Anna")
    write_review_rules(folder.parents[1], ReviewRules(reviews=(Panel(tmp_path / "keys", "Ben").rule(),)))
    assert len(read_approvals(folder).missing(read_receipt(folder).deliveries)) == 2


def bundle_about(delivery: Deliverable) -> ReviewBundle:
    """A bundle about a deliverable."""
    subject = ReviewSubject(
        take=delivery.take,
        recipe=delivery.recipe,
        recipe_digest=delivery.recipe_digest,
        packages=packages_digest(delivery),
        start=delivery.start,
        duration=delivery.duration,
        files=tuple(SubjectFile(path=one.path, sha256=one.sha256, bytes=one.bytes) for one in delivery.files),
    )
    return bundle_of().model_copy(update={"subjects": (subject,)})
