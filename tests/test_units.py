"""Quantities as text."""

from __future__ import annotations

import pytest

from engine.units import format_bytes


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (38_400_000, "38.4 MB"),
        (1_234_000_000, "1.2 GB"),
        (812e9, "812 GB"),
        (1.5e12, "1.5 TB"),
        (4_321e12, "4,321 TB"),
    ],
)
def test_bytes_have_two_digits_or_more_and_a_decimal_unit(count: float, text: str) -> None:
    assert format_bytes(count) == text
