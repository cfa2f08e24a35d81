"""The state of a review: the newest verdict of each reviewer counts, for exact bytes, for a time, for its scope."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.errors import EngineError
from engine.expert_review import ReviewStanding, SignedEnvelope, read_statement, standing_of, statement_of

from .verdicts import NOW, Panel, bundle_of

DELIVERED = statement_of(bundle_of(), "approved", "nobody", ("picture",), NOW, NOW).predicate.deliverables[0]


@pytest.fixture
def panel(tmp_path: Path) -> Panel:
    return Panel(tmp_path / "keys", "Anna", "Ben", "Cem")


def standing(panel: Panel, *verdicts: SignedEnvelope, days_later: int = 0, **rule: object) -> ReviewStanding:
    return standing_of(panel.rule(**rule), DELIVERED, verdicts, NOW + timedelta(days=days_later))


def test_a_quorum_of_reviewers_approves(panel: Panel) -> None:
    assert standing(panel, quorum=2).words == "Approvals are missing: 2; Anna, Ben and Cem have not answered."
    one = standing(panel, panel.verdict("Anna"), panel.verdict("Anna"), quorum=2)
    assert (one.met, one.words) == (
        False,
        "Approvals are missing: 1; Anna approved; Ben and Cem have not answered.",
    )
    both = standing(panel, panel.verdict("Anna"), panel.verdict("Cem"), quorum=2)
    assert (both.met, both.words) == (True, "Anna and Cem approved it.")


def test_each_part_needs_its_approvals(panel: Panel) -> None:
    parts = standing(panel, panel.verdict("Anna", scope=["picture", "sound"]), scope=("picture", "rights"))
    assert dict(parts.missing) == {"rights": 1}
    whole = standing(
        panel,
        panel.verdict("Anna", scope=["picture"]),
        panel.verdict("Ben", scope=["rights"]),
        scope=("picture", "rights"),
    )
    assert whole.met


def test_changes_block_until_their_reviewer_approves(panel: Panel) -> None:
    verdicts = [panel.verdict("Anna"), panel.verdict("Ben", "changes")]
    blocked = standing(panel, *verdicts)
    assert (blocked.met, blocked.words) == (False, "Ben wants changes; Anna approved; Cem has not answered.")
    assert standing(panel, *verdicts, panel.verdict("Ben", at=NOW + timedelta(seconds=1))).met


@pytest.mark.parametrize(
    "other", [bundle_of(sha256="b" * 64), bundle_of(recipe_digest="r2"), bundle_of(packages="1" * 64)]
)
def test_other_bytes_another_recipe_and_other_packages_make_a_verdict_stale(panel: Panel, other: object) -> None:
    stale = standing(panel, panel.verdict("Anna", bundle=other))  # type: ignore[arg-type]
    assert (stale.met, stale.stale) == (False, ("Anna",))
    assert "the verdict of Anna is about another version" in stale.words


def test_a_verdict_expires_by_its_own_time_and_by_the_rule(panel: Panel) -> None:
    verdict = panel.verdict("Anna", days=30)
    assert standing(panel, verdict, days_later=29).met
    assert standing(panel, verdict, days_later=30).expired == ("Anna",)
    assert standing(panel, verdict, days_later=8, days=7).expired == ("Anna",)


def test_a_signature_of_nobody_and_a_borrowed_name_do_not_count(panel: Panel, tmp_path: Path) -> None:
    stranger = Panel(tmp_path / "strangers", "Anna")
    assert not standing(panel, stranger.verdict("Anna")).met
    borrowed = standing(panel, panel.verdict("Ben", by="Anna"), quorum=1)
    assert list(borrowed.approved) == ["Ben"]


def test_an_envelope_around_something_else_is_no_verdict(panel: Panel) -> None:
    verdict = panel.verdict("Anna")
    with pytest.raises(EngineError, match="is not a verdict"):
        read_statement(verdict.model_copy(update={"payload": "e30="}), "file")
    with pytest.raises(EngineError, match="it contains 'text/plain'"):
        read_statement(verdict.model_copy(update={"payloadType": "text/plain"}), "file")


def test_two_reviewers_have_two_keys(panel: Panel) -> None:
    anna = panel.reviewers[0]
    with pytest.raises(ValidationError, match="must not have the same key"):
        panel.rule().model_validate({"review": "client", "reviewers": [anna, {"name": "Ann", "key": anna.key}]})
