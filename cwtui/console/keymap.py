"""User keymaps: a TOML file that assigns other keys to actions, checked against the registry at startup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from platformdirs import user_config_path
from textual.dom import DOMNode
from textual.keys import KEY_ALIASES, Keys

from cwtui.console.actions import ACTIONS, BY_ID, EARLIER_IDS, MODE_NAMES, Action
from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion

Keymap = Mapping[str, str]
"""Keys, separated by commas, by action id."""

_NAMES = {
    "?": "question_mark", "/": "slash", ":": "colon", "*": "asterisk",
    "(": "left_parenthesis", ")": "right_parenthesis",
    "{": "left_curly_bracket", "}": "right_curly_bracket",
    "[": "left_square_bracket", "]": "right_square_bracket",
    '"': "quotation_mark", "'": "apostrophe", "<": "less_than_sign", ">": "greater_than_sign", "\\": "backslash",
    "+": "plus", "=": "equals_sign", "-": "minus", ",": "comma", ".": "full_stop", "$": "dollar_sign", " ": "space",
    "!": "exclamation_mark", "@": "at", "#": "number_sign", "%": "percent_sign", "^": "circumflex_accent",
    "&": "ampersand", "_": "underscore", ";": "semicolon", "|": "vertical_line", "~": "tilde", "`": "grave_accent",
}  # fmt: skip
_KEY_LABELS = {name: sign for sign, name in _NAMES.items() if sign != " "} | {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "enter": "⏎", "escape": "esc", "pageup": "pgup",
    "pagedown": "pgdn", "delete": "del", "backspace": "⌫",
}  # fmt: skip
# Terminals send some keys as control and a letter, such as ctrl+m for enter.
_ALIASES = {alias: key for key, aliases in KEY_ALIASES.items() for alias in aliases}
_ACTION_ID = re.compile(r"\{(\w+)\}")
# Values of a keymap for actions without a key: by the user's choice, and because the user gave its keys to others.
_NO_KEY, _TAKEN = "no_key", "key_taken"
_KEY_NAMES = {key.value for key in Keys if not key.value.startswith("<")} | set(_NAMES.values())


def keymap_path() -> Path:
    """The path of the user's keymap."""
    return user_config_path("cleanwater") / "keys.toml"


def key_label(key: str) -> str:
    """A key as it is printed in key hints."""
    return _KEY_LABELS.get(key, key)


def keys_of(action: Action, keymap: Keymap) -> list[str]:
    """The keys of an action; empty for an action without one."""
    return [key for key in keymap.get(action.id, action.keys).split(",") if key not in (_NO_KEY, _TAKEN)]


def keymap_of(node: DOMNode) -> Keymap:
    """The keymap of the app that a widget belongs to."""
    keymap: Keymap = getattr(node.app, "keymap", {})
    return keymap


def first_key(action: str, keymap: Keymap) -> str:
    """The first key of an action, by its id, as it is printed; without one, the palette's key and the id: “:sort”."""
    keys = keys_of(BY_ID[action], keymap)
    if keys or action == "palette":
        return key_label(keys[0]) if keys else ""
    return f"{first_key('palette', keymap)}{action}"


def with_keys(text: str, keymap: Keymap) -> str:
    """A text in which the id of an action in braces, as in “Press {add} to add footage.”, is replaced by its key."""
    return _ACTION_ID.sub(lambda found: first_key(found[1], keymap) if found[1] in BY_ID else found[0], text)


def read_keymap(path: Path) -> Keymap:
    """The keys of a file, `keep = "k"` or `keep = ["k", "f8"]` below `[keys]`; empty when there is no file.

    A key of the file is taken from every action of the same screen that has it by default: later versions have new
    actions. Raises RequestError with the file's name for an unknown action or key, or a key of two actions of one
    screen that the file lists.
    """
    if not path.is_file():
        return {}
    from engine.validation import line_of, parse_toml, read_text

    hint = f"Fix {path}; cwtui keys lists the actions and their keys."
    text = read_text(path)
    table = parse_toml(text, path.name, hint)
    wanted = table.get("keys", {})
    if not isinstance(wanted, dict) or set(table) - {"keys"}:
        raise RequestError(f"{path.name} must have one table, [keys], and no other.", hint)
    found = {}
    for name, keys in wanted.items():
        line = line_of(text, ("keys", name))
        place = path.name if line is None else f"{path.name}, line {line + 1}"
        action = EARLIER_IDS.get(name, name)
        if action in found:
            earlier = next(old for old, new in EARLIER_IDS.items() if new == action)
            raise RequestError(f"{place}: {earlier} is now {action}; keep one of the two.", hint)
        if action not in BY_ID:
            raise RequestError(
                f"{place}: there is no action “{action}”.",
                hint_with_suggestion(str(action), [*BY_ID, *EARLIER_IDS], hint),
            )
        listed = [keys] if isinstance(keys, str) else keys
        if not isinstance(listed, list) or not all(isinstance(key, str) and key for key in listed):
            raise RequestError(f"{place}: {action} takes a key, or a list of keys.", hint)
        if wrong := next((key for key in listed if _key_name(key) is None), None):
            raise RequestError(
                f"{place}: {action}: “{wrong}” is not a key name. Use a character, or e.g. f8, ctrl+k.", hint
            )
        found[action] = ",".join(str(_key_name(key)) for key in listed) or _NO_KEY
    keymap = {**found, **_without_keys_of_user(found)}
    if problem := next(key_conflicts(keymap), None):
        raise RequestError(f"{path.name}: {problem}.", hint)
    return keymap


def _without_keys_of_user(found: Keymap) -> Keymap:
    """The remaining keys of actions whose default keys the user has given to other actions of the same screens."""
    remaining = {}
    for action in ACTIONS:
        if action.id in found:
            continue
        used = {key for other in found if _share_screen(action, BY_ID[other]) for key in keys_of(BY_ID[other], found)}
        keys = action.keys.split(",")
        if not used.isdisjoint(keys):
            remaining[action.id] = ",".join(key for key in keys if key not in used) or _TAKEN
    return remaining


def _share_screen(action: Action, other: Action) -> bool:
    return action.is_global or other.is_global or not set(action.screens).isdisjoint(other.screens)


def taken_keys_message(keymap: Keymap) -> str:
    """Says which actions have no key because the user gave their keys to others; empty if there is none."""
    actions = [action for action, keys in keymap.items() if keys == _TAKEN]
    if not actions:
        return ""
    listed = ", ".join(actions[:3]) + (f" and {len(actions) - 3} more" if len(actions) > 3 else "")
    return f"keys.toml gives the keys of these actions to others: {listed}. cwtui keys lists all."


def key_conflicts(keymap: Keymap) -> Iterator[str]:
    """A description of each key that two actions of one screen share."""
    reported = set()
    for mode in MODE_NAMES:
        taken: dict[str, Action] = {}
        for action in ACTIONS:
            if not (action.is_global or mode in action.screens):
                continue
            for key in keys_of(action, keymap):
                other = taken.setdefault(key, action)
                if other is not action and (key, other.id, action.id) not in reported:
                    reported.add((key, other.id, action.id))
                    yield f"“{key_label(key)}” is both {other.id} and {action.id} in {mode.capitalize()}"


def _key_name(key: str) -> str | None:
    """Textual's name of a key, the one that a terminal sends where there are two; None for an unknown key."""
    if len(key) == 1:
        return _NAMES.get(key) or (key if key.isalnum() else None)
    name = _ALIASES.get(key, key)
    return name if name in _KEY_NAMES else None
