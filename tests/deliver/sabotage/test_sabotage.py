"""Each saboteur makes its check fail and no other; each check has one; the good files pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.deliver import check_rules
from tests.deliver.sabotage.good_files import GoodFiles
from tests.deliver.sabotage.saboteur import Saboteur, saboteurs


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> GoodFiles:
    """The good files. Read-only."""
    return GoodFiles(tmp_path_factory.mktemp("good"))


def test_good_files_pass_all_their_checks(good: GoodFiles) -> None:
    failing = {(name, one.id) for name, results in good.results.items() for one in results if not one.passed}
    assert failing == set()


def test_every_check_measures_a_good_file_and_has_a_saboteur(good: GoodFiles) -> None:
    ids = {rule.id for rule in check_rules()}
    measured = {one.id for results in good.results.values() for one in results}
    assert {one.check for one in saboteurs()} == ids
    # Captions without words are the only case in which that check has a result.
    assert ids - measured == {"spoken-words"}


@pytest.mark.parametrize("one", saboteurs(), ids=lambda one: one.name)
def test_a_saboteur_makes_its_check_fail_and_no_other(good: GoodFiles, tmp_path: Path, one: Saboteur) -> None:
    assert one.failing(good.files[one.good], tmp_path / "damaged") == one.expected
    assert bool(one.also) == bool(one.because)
