"""The registry of the checks: a decorator adds one, and `run_checks` runs those for a finished file.

A check is a generator function in a module of this package that `_MODULES` names. Its docstring says what it measures.
It receives a `Finished` and yields the results; it yields none where it does not apply, such as a check of chapters for
a movie without chapters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import isfinite

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.kinds import Kind
from engine.deliver.receipt import Check
from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion

# In the order of the receipt.
_MODULES = (
    "picture", "container", "colour", "quality", "stretches", "copies", "sound", "channels", "sync", "carried",
    "captions", "burnt_captions", "safe_zone", "follow", "chapters", "credits", "tags", "poster", "frames", "archive",
    "privacy", "credentials", "platform", "source",
)  # fmt: skip

CheckFunction = Callable[[Finished], Iterator[Check]]
_rules: dict[str, CheckRule] = {}


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A check: its stable id, a plain title, what it measures, how to mend what it finds, and the function.

    `applies_to` are the kinds of files that it checks. One function may yield several results, such as one per track;
    all have the rule's id.
    """

    id: str
    title: str
    measures: str
    remedy: str
    applies_to: tuple[Kind, ...]
    run: CheckFunction

    @property
    def group(self) -> str:
        """The subject of the check: the name of its module."""
        return self.run.__module__.rpartition(".")[2]

    def results(self, finished: Finished) -> list[Check]:
        """Runs the check. A result without a finite measurement does not pass."""
        return [_complete(self.id, one) for one in self.run(finished)] if finished.kind in self.applies_to else []


def check(
    name: str, title: str, *, remedy: str, applies_to: tuple[Kind, ...] = ("movie",)
) -> Callable[[CheckFunction], CheckFunction]:
    """Registers a check by its id, as `CheckRule`. Raises ValueError if the id is in use."""

    def register(function: CheckFunction) -> CheckFunction:
        if name in _rules:
            raise ValueError(f"two checks have the id {name}")
        measures = " ".join((function.__doc__ or "").split())
        _rules[name] = CheckRule(name, title, measures, remedy, applies_to, function)
        return function

    return register


@cache
def check_rules() -> tuple[CheckRule, ...]:
    """All checks, in the order of the receipt."""
    for module in _MODULES:
        import_module(f"engine.deliver.checks.{module}")
    return tuple(sorted(_rules.values(), key=lambda rule: _MODULES.index(rule.group)))


def find_rule(name: str) -> CheckRule:
    """A check by its id. Raises RequestError if there is none."""
    rules = {rule.id: rule for rule in check_rules()}
    if name not in rules:
        raise RequestError(
            f"Check “{name}” not found.", hint_with_suggestion(name, list(rules), "`cwtui checks` lists them.")
        )
    return rules[name]


def run_checks(finished: Finished) -> list[Check]:
    """Runs all checks for a finished file. Raises EngineError if the file does not decode."""
    return [result for rule in check_rules() for result in rule.results(finished)]


def _complete(name: str, result: Check) -> Check:
    value = result.measured
    nothing = value is None or (isinstance(value, float) and not isfinite(value))
    passed, warning = result.passed and not nothing, result.warning and not nothing
    return result.model_copy(update={"id": name, "passed": passed, "warning": warning})
