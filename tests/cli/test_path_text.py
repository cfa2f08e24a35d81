"""Paths that are typed, pasted or dropped are understood as shells and terminals write them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwtui.path_text import PathCompletion, complete_path, parse_paths, shown_path, split_input

# Names as file systems allow them, without “.” and “..”.
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: name.strip(".") != ""
)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=4)
PRINTED = st.lists(
    st.lists(NAMES.filter(lambda name: name.isprintable()), min_size=1, max_size=3), min_size=1, max_size=4
)


def backslashed(path: str) -> str:
    """As Terminal and iTerm2 paste a dropped file."""
    return re.sub(r"([^\w@%+=:,./-]|_)", r"\\\1", path)


def double_quoted(path: str) -> str:
    return '"' + re.sub(r'([$`"\\])', r"\\\1", path) + '"'


def ansi_quoted(path: str) -> str:
    """As bash's printf %q and zsh's ${(q)} write control characters."""
    escaped = path.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(c if c.isprintable() else "".join(f"\\{b:03o}" for b in c.encode()) for c in escaped) + "'"


@pytest.mark.parametrize("quoted", [shlex.quote, backslashed, double_quoted, ansi_quoted])
@given(parts=PATHS)
def test_paths_quoted_for_a_shell_are_parsed_back(quoted: Callable[[str], str], parts: Sequence[Sequence[str]]) -> None:
    paths = ["/" + "/".join(names) for names in parts]
    assert parse_paths(" ".join(map(quoted, paths)) + " ") == [Path(path) for path in paths]


@given(parts=PATHS)
def test_file_urls_are_parsed_back(parts: Sequence[Sequence[str]]) -> None:
    paths = ["/" + "/".join(names) for names in parts]
    assert parse_paths("\r\n".join(f"file://{quote(path)}" for path in paths)) == [Path(path) for path in paths]


@given(names=st.lists(NAMES.filter(str.isprintable), min_size=1, max_size=3))
def test_one_bare_path_keeps_its_spaces(names: Sequence[str]) -> None:
    text = re.sub(r"[\\'\"$~]|  +", "x", "/" + "/".join(names)).strip()
    expected = [Path(text)] if not re.search(r"\s/|\sfile:", text) else None
    if expected:
        assert parse_paths(text) == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{0}/one.mov", ["one.mov"]),
        ("'{0}/a b.mov'", ["a b.mov"]),
        ("{0}/a\\ b.mov {0}/one.mov", ["a b.mov", "one.mov"]),
        ("file://{0}/a%20b.mov", ["a b.mov"]),
        ("file://localhost{0}/a%20b.mov file://{0}/one.mov", ["a b.mov", "one.mov"]),
        ("# copied\r\nfile://{0}/one.mov\r\n", ["one.mov"]),
        ("{0}/it's here.mov", ["it's here.mov"]),
        ("{0}/one.mov\n{0}/a b.mov\n{0}/it's here.mov\n", ["one.mov", "a b.mov", "it's here.mov"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_existing_files_are_found_in_typed_and_dropped_text(tmp_path: Path, text: str, names: list[str]) -> None:
    for name in ("one.mov", "a b.mov", "it's here.mov"):
        (tmp_path / name).touch()
    assert parse_paths(text.format(tmp_path)) == [tmp_path / name for name in names]


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert parse_paths("~ ~/a.mov '~'") == [Path("/home/ada"), Path("/home/ada/a.mov"), Path("~").absolute()]
    assert shown_path(Path("/home/ada/x")) == "~/x"
    assert (shown_path(Path("/home/ada")), shown_path(Path("/mnt"))) == ("~", "/mnt")


def test_completion_is_that_of_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("Footage A", "Footage B", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "Movie.mov").touch()
    start = f"{tmp_path}/"
    assert complete_path(f"{start}F") == PathCompletion(f"{start}Footage ", ("Footage A", "Footage B"))
    assert complete_path(f"{start}Footage ") == PathCompletion(f"{start}Footage ", ("Footage A", "Footage B"))
    assert complete_path(f"{start}Footage A") == PathCompletion(f"{start}Footage A/", ("Footage A",))
    assert complete_path("~/M") == PathCompletion("~/Movie.mov", ("Movie.mov",))
    assert complete_path("~/movie") == PathCompletion("~/Movie.mov", ("Movie.mov",))
    assert complete_path("~/.") == PathCompletion("~/.hidden/", (".hidden",))
    assert complete_path("~") == PathCompletion("~/")
    for unknown in ("~/none", "/no/such/folder/x"):
        assert complete_path(unknown) == PathCompletion(unknown)
    assert split_input("~/Foo") == (tmp_path, "Foo")
    assert split_input("") == (None, "")
