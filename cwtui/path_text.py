"""Paths as text: typed, pasted or dropped onto a terminal, and completed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

_ANSI_C = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "E": "\x1b",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_CODE = re.compile(r"[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}")
_SPACES = " \t\r\n"

# The first characters of pasted paths: absolute, in the home folder, quoted, or URLs.
_PASTED = ("/", "~", "'", '"', "$'", "file:")


def has_paths(text: str) -> bool:
    """Returns whether pasted text begins like the paths that a terminal pastes for dropped files."""
    return text.lstrip().startswith(_PASTED)


def parse_paths(text: str) -> list[Path]:
    """Return the paths in text: one or several, as they are, quoted for a shell, with ~, or as file:// URLs.

    Terminals paste dropped files quoted (iTerm2 and Terminal with backslashes, GNOME's and kitty with quotes); file
    managers copy one path, or one URL, on each line. Text that is the path of an existing file is that path. Relative
    paths are relative to the current folder.
    """
    stripped = text.strip()
    lines = [line.strip() for line in re.split(r"[\r\n]+", stripped) if line.strip()]
    if not lines:
        return []
    for literal in ([stripped], lines):
        paths = [_absolute(_expand(one)) for one in literal]
        if all(os.path.lexists(path) for path in paths):
            return paths
    if any(line.startswith("file:") for line in lines):
        # The format of copied files, text/uri-list, has comments.
        return [_absolute(_expand(word)) for line in lines if not line.startswith("#") for word in line.split()]
    words = list(_split(text))
    return [_absolute(word) for word in (words if words else [_expand(line) for line in lines])]


def shown_path(path: Path) -> str:
    """Return a path as a person writes it: with ~ for the home folder."""
    home = Path.home()
    if path == home or not path.is_relative_to(home):
        return "~" if path == home else str(path)
    return f"~/{path.relative_to(home)}"


@dataclass(frozen=True, slots=True)
class PathCompletion:
    """A path's text up to where its completions differ, and the names of the entries that it may continue with."""

    text: str
    names: tuple[str, ...] = ()


def split_input(text: str) -> tuple[Path | None, str]:
    """Return the folder that typed text names, up to its last slash, and the rest: the start of an entry's name.

    The folder is None for an empty text.
    """
    if not text:
        return None, ""
    if text == "~":
        return Path.home(), ""
    folder, slash, name = text.rpartition("/")
    return _absolute(_expand(folder + slash) if slash else Path()), name


def complete_path(text: str) -> PathCompletion:
    """Complete typed text like a shell, without quotes. Letters of the other case match if no entry matches exactly."""
    if text == "~":
        return PathCompletion("~/")
    folder, name = split_input(text)
    try:
        with os.scandir(folder or Path()) as entries:
            folders = {entry.name: entry.is_dir() for entry in entries}
    except OSError:
        return PathCompletion(text)
    names = [one for one in folders if name.startswith(".") or not one.startswith(".")]
    matching = [one for one in names if one.startswith(name)]
    matching = matching or [one for one in names if one.casefold().startswith(name.casefold())]
    if not matching:
        return PathCompletion(text)
    first, last = min(matching), max(matching)
    common = first[: next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    start = text[: len(text) - len(name)]
    if len(matching) == 1:
        return PathCompletion(start + common + ("/" if folders[common] else ""), (common,))
    # Names that differ in case have a shorter common start than the text.
    return PathCompletion(start + (common if len(common) >= len(name) else name), tuple(sorted(matching)))


def _split(text: str) -> Iterator[Path]:
    """Yield the words of a shell line as paths: bare, escaped, in '…', "…" or $'…'. An open quote ends with the text.

    Bare text after an absolute path that is not absolute itself belongs to it: its spaces are not quoted.
    """
    word, quoted, started, spaces, tilde = "", False, False, "", False
    words: list[tuple[str, bool, bool, str]] = []
    at = 0
    while at < len(text):
        sign = text[at]
        if sign in _SPACES:
            if started:
                words.append((word, quoted, tilde, spaces))
                word, quoted, started, spaces, tilde = "", False, False, "", False
            spaces += sign
            at += 1
            continue
        tilde = tilde or (not started and sign == "~")
        started = True
        if sign == "\\" and at + 1 < len(text):
            word, quoted, at = word + text[at + 1], True, at + 2
        elif sign in "'\"" or text.startswith("$'", at):
            part, at = _quotation(text, at)
            word, quoted = word + part, True
        else:
            word, at = word + sign, at + 1
    if started:
        words.append((word, quoted, tilde, spaces))
    joined: list[tuple[str, bool, bool]] = []
    for word, quoted, tilde, spaces in words:
        if joined and joined[0][0].startswith(("/", "~")) and not quoted and not word.startswith(("/", "~", "file:")):
            joined[-1] = (joined[-1][0] + spaces + word, *joined[-1][1:])
        else:
            joined.append((word, quoted, tilde))
    for word, _, tilde in joined:
        yield Path(os.path.expanduser(word)) if tilde else Path(word)


def _quotation(text: str, at: int) -> tuple[str, int]:
    """Return the content of the quotation that begins at an index, and the index after it."""
    ansi = text[at] == "$"
    mark = text[at + ansi]
    at += 1 + ansi
    content = ""
    while at < len(text):
        sign, following = text[at], text[at + 1 : at + 2]
        if sign == mark:
            return content, at + 1
        if sign == "\\" and ansi and following:
            if code := _CODE.match(text, at + 1):
                digits = code[0]
                number = int(digits[1:], 16) if digits[0] in "xuU" else int(digits, 8)
                # \x and octal codes are bytes, which may be part of a UTF-8 sequence.
                content += chr(number) if digits[0] in "uU" or number < 128 else chr(0xDC00 + number % 256)
                at = code.end()
                continue
            content, at = content + _ANSI_C.get(following, sign + following), at + 2
        elif sign == "\\" and mark == '"' and following in '$`"\\':
            content, at = content + following, at + 2
        else:
            content, at = content + sign, at + 1
    return content, at


def _expand(text: str) -> Path:
    if text.startswith("file:"):
        return Path(os.fsdecode(unquote_to_bytes(urlsplit(text).path)))
    return Path(os.path.expanduser(text))


def _absolute(path: Path) -> Path:
    # Bytes of a UTF-8 sequence from $'\303\244' become its character.
    text = os.fsencode(os.path.abspath(path))
    return Path(os.fsdecode(text))
