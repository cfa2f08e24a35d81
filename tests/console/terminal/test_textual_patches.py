"""The console's replacements of private parts of Textual."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual.css.stylesheet import Stylesheet

from cwtui.console.terminal.textual_patches import cache_stylesheets

SOURCE = "Static { color: $text; }"


@contextmanager
def cache_enabled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", Stylesheet._parse_rules)
        cache_stylesheets()
        yield


def stylesheet(text: str) -> Stylesheet:
    created = Stylesheet(variables={"text": text})
    created.add_source(SOURCE, read_from=("test.tcss", ""))
    return created


def test_equal_style_sheets_share_their_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    with cache_enabled(monkeypatch):
        first, second = stylesheet("red").rules, stylesheet("red").rules
    assert [id(rule) for rule in first] == [id(rule) for rule in second] != []


def test_a_changed_variable_changes_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    with cache_enabled(monkeypatch):
        changed = stylesheet("red")
        before = changed.css
        changed.set_variables({"text": "blue"})
        changed.reparse()
        assert changed.css == stylesheet("blue").css != before
