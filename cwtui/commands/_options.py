"""Options and arguments shared by commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cwtui.paths import default_studio
from engine.color_encoding import Encoding

StudioOption = Annotated[
    Path | None, typer.Option("--studio", help="The studio's folder (default: ~/Movies/Cleanwater, or CWTUI_STUDIO).")
]
ProjectOption = Annotated[
    str | None, typer.Option("--project", "-p", help="The project (default: the only one, or that of cwtui use).")
]
TransformOption = Annotated[
    Encoding | None, typer.Option("--input-transform", help="Input transform to use instead of the one detected.")
]
ViewOption = Annotated[
    Literal["as-shot", "aces"] | None,
    typer.Option("--view", help="as-shot: as in an SDR deliverable (default); aces: the ACES 2.0 view transform."),
]
FromOption = Annotated[str | None, typer.Option("--from", help="Start time: 1.5, or 0:01.5.")]
ToOption = Annotated[str | None, typer.Option("--to", help="End time.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="The speech model: a folder, or a name in the models folder.")
]
LanguageOption = Annotated[str | None, typer.Option("--language", help="The spoken language (en, de, …), if known.")]
VoicesOption = Annotated[
    Literal["auto", "mix"],
    typer.Option("--voices", help="If each of two channels has its own voice: each by itself, or a mix of both."),
]
WaitOption = Annotated[
    bool,
    typer.Option("--wait/--detach", help="Wait until the jobs finish, or queue them and print their ids."),
]
PrepareOption = Annotated[
    bool,
    typer.Option("--prepare/--no-prepare", help="Create proxies and transcripts in the background afterwards."),
]
AlsoOption = Annotated[
    list[Path] | None,
    typer.Option("--also", help="A folder on another disk for one more copy. It can be repeated."),
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Overwrite existing files.")]
TakesArgument = Annotated[
    list[str], typer.Argument(metavar="TAKE...", help="The takes, by number, range of numbers (5-9) or name.")
]
SourceArgument = Annotated[str, typer.Argument(help="A take (number or name) or a file.")]


# The value of --studio before the command.
_chosen_folder: Path | None = None


def set_studio_folder(folder: Path | None) -> None:
    """Sets the studio folder for commands without --studio; None restores the default."""
    global _chosen_folder
    _chosen_folder = folder


def studio_folder(option: Path | None) -> Path:
    """The studio folder: `option` if given, else the one set by `set_studio_folder`, else the default."""
    return option or _chosen_folder or default_studio()
