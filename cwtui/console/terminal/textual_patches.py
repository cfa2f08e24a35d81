"""Private parts of Textual that the console replaces or calls; to be checked at each of its updates."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import CssSource, Stylesheet
from textual.css.types import CSSLocation
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.geometry import Size
from textual.widget import Widget

from cwtui.console.terminal.input_parser import ReplyParser

_MAX_STYLE_SOURCES = 1024
_parse_rules = Stylesheet._parse_rules
_scroll_update = Widget._scroll_update


def decode_invalid_input() -> None:
    """Replaces the driver's decoder by one that replaces invalid bytes.

    Textual's raises on input that is not UTF-8, such as that of a terminal set to Latin-1, and ends the app.
    """
    vars(linux_driver)["getincrementaldecoder"] = _lenient_decoder


def _lenient_decoder(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


def keep_replies_together() -> None:
    """Replaces the driver's parser by one that does not take parts of the terminal's replies as keys."""
    vars(linux_driver)["XTermParser"] = ReplyParser


def set_mouse_capture(driver: Driver, ours: bool) -> None:
    """Turns the terminal's mouse reports on or off while the app runs."""
    private: Any = driver
    (private._enable_mouse_support if ours else private._disable_mouse_support)()


def keep_scrollbars_in_place() -> None:
    """Makes a scrollbar show the scroll position when it appears.

    Textual moves only visible scrollbars. A view that a larger terminal shows whole scrolls to its top without one, and
    the scrollbar that a smaller terminal shows later would be where it was before.
    """
    private: Any = Widget
    private._scroll_update = _scroll_update_with_position


def _scroll_update_with_position(self: Widget, virtual_size: Size) -> None:
    _scroll_update(self, virtual_size)
    if self.show_vertical_scrollbar:
        self.vertical_scrollbar.position = self.scroll_y
    if self.show_horizontal_scrollbar:
        self.horizontal_scrollbar.position = self.scroll_x


def cache_stylesheets() -> None:
    """Makes all style sheets of this process share their parsed sources.

    Textual keeps 64 sources per style sheet, and none across a change of theme. The console has more sources, so that
    it would parse all of them again for each screen.
    """
    private: Any = Stylesheet
    private._parse_rules = _cached_rules


def _cached_rules(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    variables = tuple(sorted(self._variables.items()))
    return _parsed(variables, read_from, CssSource(css, is_default_rules, tie_breaker, scope))


@lru_cache(maxsize=_MAX_STYLE_SOURCES)
def _parsed(variables: tuple[tuple[str, str], ...], read_from: CSSLocation, source: CssSource) -> list[RuleSet]:
    sheet = Stylesheet(variables=dict(variables))
    return _parse_rules(sheet, source.content, read_from, source.is_defaults, source.tie_breaker, source.scope)
