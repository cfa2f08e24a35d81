"""docs/checks.md is current."""

from __future__ import annotations

from scripts import checks


def test_the_page_of_checks_is_current() -> None:
    assert checks.PAGE.read_text(encoding="utf-8") == checks.page(), "run make checks-page"
