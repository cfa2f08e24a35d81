"""Commands that print what this program can do: completions for shells, and the man page."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cwtui.commands._output import JsonOption, show_json
from cwtui.completion_scripts import SCRIPTS, Shell


def completions(
    shell: Annotated[Shell, typer.Argument(help="The shell: bash, zsh or fish.")],
    as_json: JsonOption = False,
) -> None:
    """Print a completion script: commands, options, takes, recipes, projects, presets, models and jobs.

    For bash, add to ~/.bashrc: eval "$(cwtui completions bash)".
    For zsh, after compinit in ~/.zshrc: eval "$(cwtui completions zsh)".
    For fish: cwtui completions fish > ~/.config/fish/completions/cwtui.fish.
    """
    if as_json:
        show_json({"shell": shell, "script": SCRIPTS[shell]})
    else:
        sys.stdout.write(SCRIPTS[shell])


def man(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print the man page: all commands and options, and the console's keys. To read it: cwtui man | man -l -."""
    from cwtui.man_page import man_page

    # `cwtui.cli` imports this module, and gives it the tree of all commands by Click's context.
    page = man_page(context.obj())
    if as_json:
        show_json({"page": page})
    else:
        sys.stdout.write(page)


COMMANDS = (completions, man)
