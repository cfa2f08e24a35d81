"""The console's replacements of private parts of Textual."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual.app import App, ComposeResult
from textual.css.stylesheet import Stylesheet
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget

from cwtui.console.terminal.textual_patches import cache_stylesheets, keep_scrollbars_in_place

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


class _Lines(ScrollView):
    def __init__(self) -> None:
        super().__init__()
        self.virtual_size = Size(5, 20)


class _ScrolledApp(App[None]):
    def compose(self) -> ComposeResult:
        yield _Lines()


async def test_a_scrollbar_that_appears_shows_the_scroll_position(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Widget, "_scroll_update", Widget._scroll_update)
    keep_scrollbars_in_place()
    app = _ScrolledApp()
    async with app.run_test(size=(20, 10)) as pilot:
        lines = app.query_one(_Lines)
        lines.scroll_to(y=8, animate=False, immediate=True)
        await pilot.pause()
        assert lines.vertical_scrollbar.position == 8
        await pilot.resize_terminal(20, 30)
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        assert (lines.scroll_y, lines.vertical_scrollbar.position) == (0, 0)
