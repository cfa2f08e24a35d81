"""Writes docs/keys.md from the console's action registry (`make keys`). tests/console/test_actions.py checks it."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.actions import LETTERS, MODE_NAMES, Action, actions_of, global_actions
from cwtui.console.command_lines import documented_command
from cwtui.console.keymap import key_label, keys_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keys.md"

_HEAD = """\
# Keys

All keys of the console, generated from the registry in `cwtui/console/actions.py` by `make keys`.
In the console, `?` lists the keys of the current screen and the equivalent commands; `y` there
copies a command.

To change keys, add them to `keys.toml` by action id (`cwtui keys` shows its path):

```toml
[keys]
keep = "a"
star = ["s", "*"]
```

The console does not open if two actions of one screen have the same key; the error names them.
"""


def page() -> str:
    """The contents of docs/keys.md."""
    parts = [_HEAD, "\n## Everywhere\n\n", _table(list(global_actions()))]
    for mode in MODE_NAMES:
        parts += [f"\n## {mode.capitalize()} ({LETTERS[mode]})\n\n", _table(list(actions_of(mode)))]
    return "".join(parts)


def _table(actions: list[Action]) -> str:
    rows = ["| key | action | id | command line |", "| --- | --- | --- | --- |"]
    for action in actions:
        keys = " ".join(_code(key_label(key)) for key in keys_of(action, {}))
        command = _code(documented_command(action)) if action.command else ""
        rows.append(f"| {keys} | {action.title} | `{action.id}` | {command} |")
    return "\n".join(rows) + "\n"


def _code(text: str) -> str:
    """Formats text as code in a table cell."""
    return "`` ` ``" if text == "`" else f"`{text}`".replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
