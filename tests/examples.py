"""How many random examples an expensive property gets."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

# The profile of `make test-slow` (tests/conftest.py).
_THOROUGH = 500


def examples(count: int, **options: Any) -> settings:
    """`count` examples in `make check`, ten times as many in `make test-slow`."""
    thorough = settings.default is not None and settings.default.max_examples == _THOROUGH
    return settings(max_examples=10 * count if thorough else count, **options)
