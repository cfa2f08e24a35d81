"""Writes docs/keys.md from the console's registry of actions. `make keys`; tests/console/test_actions.py holds it."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.actions import LETTERS, MODE_NAMES, Action, actions_of, global_actions
from cwtui.console.keymap import key_label, keys_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keys.md"

_HEAD = """\
# Keys

Every key of the console, made from the registry in `cwtui/console/actions.py` by `make keys`. `?` shows those of the
room one is in, with the same on the command line; `y` there copies it.

Keys of one's own go into `keys.toml` (`cwtui keys` says where), by the action's id:

```toml
[keys]
keep = "a"
star = ["s", "*"]
```

A key that two actions of one room would have is refused, by name, before the console opens.
"""


# What the console fills in, as it is told where nothing is chosen.
_FILLED = {
    " {p}": "",
    " {off}": "",
    "{chain}": "--preset NAME",
    "{marker}": "ID",
    "{deliver}": "cwtui deliver RECIPE TAKE…",
    "{answer}": "cwtui deliver RECIPE TAKE --damaged",
}


def page() -> str:
    """The page as it should be."""
    parts = [_HEAD, "\n## Everywhere\n\n", _table(list(global_actions()))]
    for mode in MODE_NAMES:
        parts += [f"\n## {mode.capitalize()} ({LETTERS[mode]})\n\n", _table(list(actions_of(mode)))]
    return "".join(parts)


def _table(actions: list[Action]) -> str:
    rows = ["| key | what it does | id | command line |", "| --- | --- | --- | --- |"]
    for action in actions:
        keys = " ".join(_code(key_label(key)) for key in keys_of(action, {}))
        command = _code(_told(action.command)) if action.command else ""
        rows.append(f"| {keys} | {action.title} | `{action.id}` | {command} |")
    return "\n".join(rows) + "\n"


def _told(command: str) -> str:
    """A command with words where the console fills something in."""
    for there, here in _FILLED.items():
        command = command.replace(there, here)
    return command.replace("{", "").replace("}", "")


def _code(text: str) -> str:
    """As code in a table's cell."""
    return "`` ` ``" if text == "`" else f"`{text}`".replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
