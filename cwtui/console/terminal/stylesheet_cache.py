"""A cache of parsed style sheets.

Textual keeps 64 parsed sources per style sheet, and none across a change of theme. The console has more sources, so it
would parse all of them again for each screen.
"""

from __future__ import annotations

from functools import lru_cache

from textual.css.model import RuleSet
from textual.css.stylesheet import CssSource, Stylesheet
from textual.css.types import CSSLocation

_MAX_SOURCES = 1024
_parse_rules = Stylesheet._parse_rules


def cache_stylesheets() -> None:
    """Makes all style sheets of this process share their parsed sources."""
    Stylesheet._parse_rules = _cached_rules  # type: ignore[method-assign]


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


@lru_cache(maxsize=_MAX_SOURCES)
def _parsed(variables: tuple[tuple[str, str], ...], read_from: CSSLocation, source: CssSource) -> list[RuleSet]:
    sheet = Stylesheet(variables=dict(variables))
    return _parse_rules(sheet, source.content, read_from, source.is_defaults, source.tie_breaker, source.scope)
