"""One registry: actions and commands are the same in the program, the documents, the man page and completion."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer._click import Context
from typer.main import get_command

import engine
from cwtui.cli import app, command_tree, run
from cwtui.command_tree import CommandDescription
from cwtui.completion import VALUES, complete
from cwtui.console.actions import ACTIONS
from cwtui.console.command_lines import documented_command
from cwtui.console.keymap import key_label, keys_of
from cwtui.man_page import man_page

ROOT = Path(engine.__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "cwtui.1").read_text(encoding="ascii")


def typer_command(path: tuple[str, ...]) -> Any:
    """The command that Typer builds."""
    command: Any = get_command(app)
    for name in path:
        command = command.commands[name]
        if hasattr(command, "_load"):
            command = command._load()
    return command


def option_names(parameter: Any) -> set[str]:
    return {*parameter.opts, *parameter.secondary_opts}


def plain(roff: str) -> str:
    """Text of a man page without roff's escapes."""
    text = re.sub(r"\\f[BIR]|\\&", "", roff)
    text = re.sub(r"\\\[u([0-9A-F]{4,5})\]", lambda found: chr(int(found[1], 16)), text)
    for escape, character in ((r"\-", "-"), (r"\(aq", "'"), (r"\(ga", "`"), (r"\(ha", "^"), (r"\(ti", "~")):
        text = text.replace(escape, character)
    return text.replace(r"\e", "\\")


def test_the_command_tree_is_that_of_typer() -> None:
    def compare(description: CommandDescription) -> None:
        command = typer_command(description.path)
        built = {one.name: one for one in command.params if one.name != "help"}
        assert [one.name for one in description.parameters] == list(built), description.path
        for one in description.parameters:
            names = option_names(built[one.name]) if one.options else set()
            assert {*one.options, *one.off} == names, (description.path, one.name)
            assert one.required == built[one.name].required, (description.path, one.name)
        assert {one.name for one in description.commands} == set(getattr(command, "commands", {}))
        for one in description.commands:
            assert command.commands[one.name].help == one.help, one.path
        for one in description.commands:
            compare(one)

    compare(command_tree())


@pytest.mark.parametrize("path", [(), ("deliver",), ("cut", "roll"), ("models", "fetch"), ("render",)])
def test_help_names_values_by_words_not_by_python_types(path: tuple[str, ...]) -> None:
    command = typer_command(path)
    text = command.get_help(Context(command, info_name="cwtui"))
    assert "--studio STUDIO" in text or "--json" in text
    assert not re.search(r"<(str|int|float|path|file|directory)>|list\[", text)
    assert "{TAKE...}" not in text


def test_every_command_is_in_the_readme_the_man_page_and_completion() -> None:
    tree = command_tree()
    rows = [line.split("|")[1:3] for line in README.splitlines() if line.startswith("| `cwtui")]
    code = [span.removeprefix("cwtui ") for first, second in rows for span in re.findall(r"`([^`]+)`", first + second)]
    page = plain(PAGE)
    for command in tree.walk():
        words = " ".join(command.path)
        if not words:
            continue
        # `list` is what `models` and `recipes` do by themselves.
        listed = command.name == "list" or any(re.match(rf"({words}|{command.name})( |$)", span) for span in code)
        assert listed, f"README.md has no cwtui {words}"
        assert re.search(rf"^\.SS cwtui {words}( |$)", page, re.MULTILINE), f"docs/cwtui.1 has no cwtui {words}"
        for one in command.options:
            assert all(re.search(rf"{name}\b", page) for name in one.options), (words, one.options)
        offered = {one.name for one in complete(tree, [*command.path, "-"])}
        assert {name for one in command.options for name in one.options if name.startswith("--")} <= offered
        assert command.name in {one.name for one in complete(tree, [*command.path[:-1], ""])}


def test_every_action_is_in_the_documents_and_in_the_list_of_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "--json"]) == 0
    listed = {one["id"]: one["title"] for one in json.loads(capsys.readouterr().out)["actions"]}
    keys_page, page = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8"), plain(PAGE)
    for action in ACTIONS:
        keys = "  ".join(key_label(key) for key in keys_of(action, {}))
        assert listed.get(action.id) == action.title
        assert f"| {action.title} | `{action.id}` |" in keys_page, "run make keys"
        assert f"\n{keys}\n{action.title} ({action.id})." in page, "run make keys"


def test_the_command_of_every_action_exists_with_its_options() -> None:
    for action in ACTIONS:
        if action.command:
            program, *words = shlex.split(documented_command(action).replace("…", ""))
            assert program == "cwtui"
            path: tuple[str, ...] = ()
            command = typer_command(path)
            while words and words[0] in getattr(command, "commands", {}):
                path, words = (*path, words[0]), words[1:]
                command = typer_command(path)
            assert path, action.command
            known = set().union(*(option_names(one) for one in command.params))
            assert {word for word in words if word.startswith("-")} <= known, action.command


def test_completion_reads_names_only_for_parameters_that_exist() -> None:
    commands = list(command_tree().walk())
    names = {one.name for command in commands for one in command.parameters}
    names |= {f"{command.path[0]}.{one.name}" for command in commands if command.path for one in command.parameters}
    assert set(VALUES) <= names


def test_the_man_page_is_up_to_date_and_names_every_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert man_page(command_tree()) == PAGE, "run make keys"
    assert run(["man"]) == 0
    assert capsys.readouterr().out == PAGE
    files = [path for folder in ("cwtui", "engine") for path in (ROOT / folder).rglob("*.py")]
    sources = [path.read_text(encoding="utf-8") for path in files]
    for variable in set(re.findall(r"CWTUI_[A-Z_]+", "\n".join(sources))):
        assert f"\n{variable}\n" in plain(PAGE), variable


@pytest.mark.parametrize("command", ["groff -man -ww -z -Tutf8", "mandoc -Tlint -W error"])
def test_a_formatter_of_man_pages_has_no_warning(command: str) -> None:
    if shutil.which(command.split()[0]) is None:
        pytest.skip(f"{command.split()[0]} is not installed")
    result = subprocess.run([*command.split(), ROOT / "docs" / "cwtui.1"], capture_output=True, text=True, check=False)
    assert result.stdout + result.stderr == ""


def test_the_script_writes_the_page_that_is_tested() -> None:
    spec = importlib.util.spec_from_file_location("man_script", ROOT / "scripts" / "man.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PAGE == ROOT / "docs" / "cwtui.1"
