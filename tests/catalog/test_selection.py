"""The takes that are delivered if none is given."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest

from engine.catalog import Capture, Probe, Review, Take, select_takes
from engine.catalog.selection import Rule

NOW = datetime(2025, 6, 14, 6, 0, tzinfo=UTC)
PROBE = Probe(picture=None, capture=Capture(), duration=Fraction(1), original=True)


def take(number: int) -> Take:
    return Take(
        id=f"{number}", project_id="p", batch_id=None, number=number, session=0, name="x", path=Path("x"),
        in_place=False, digest="", size=1, captured_at=NOW, input_transform=None, arrived_at=NOW, probe=PROBE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keep", "retake", "rule", "expected"),
    [
        ({1, 3}, {2}, "usual", [1, 3]),
        ((), {2}, "usual", [1, 3, 4]),
        ((), (), "usual", [1, 2, 3, 4]),
        ({1, 3}, {2}, "all", [1, 2, 3, 4]),
        ({1, 3}, {2}, "kept", [1, 3]),
        ((), {2}, "kept", []),
    ],
)
def test_kept_takes_or_all_takes_except_retakes_are_selected(
    keep: set[int], retake: set[int], rule: Rule, expected: list[int]
) -> None:
    verdicts: dict[int, Literal["keep", "retake"]] = {**dict.fromkeys(keep, "keep"), **dict.fromkeys(retake, "retake")}
    reviews = {f"{number}": Review(take_id=f"{number}", verdict=verdict) for number, verdict in verdicts.items()}
    selection = select_takes([take(number) for number in range(1, 5)], reviews, rule)
    assert [one.number for one in selection.takes] == expected
    assert sorted(one.number for one in (*selection.takes, *selection.left_out)) == [1, 2, 3, 4]
    assert selection.reason
