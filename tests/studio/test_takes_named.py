"""References to takes: numbers, ranges of numbers and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.studio import Studio
from tests.cli.takes import a_take, studio_of


def test_numbers_ranges_and_names_are_takes_in_the_given_order(tmp_path: Path) -> None:
    studio_of(tmp_path, 9)
    with Studio(tmp_path) as studio:
        project = studio.project(None)

        def numbers(*references: str) -> list[int]:
            return [take.number for take in studio.takes_named(references, project)]

        assert numbers("2", "5-7", "IMG_0001", "6", "9-9") == [2, 5, 6, 7, 1, 9]
        studio.catalog.add_take(a_take(project, 10).model_copy(update={"name": "3-4"}))
        assert numbers("3-4") == [10]
        for reference, message in (("8-12", "no take “12”"), ("7-5", "ends before it begins"), ("1-", "no take “1-”")):
            with pytest.raises(RequestError, match=message):
                numbers(reference)
