"""Options that many commands share."""

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
    str | None, typer.Option("--project", "-p", help="The project; may be left out where there is only one.")
]
TransformOption = Annotated[
    Encoding | None, typer.Option("--input-transform", help="How the picture is read, instead of by its tags.")
]
ViewOption = Annotated[
    Literal["as-shot", "aces"] | None,
    typer.Option(
        "--view", help="as-shot: what an SDR deliverable shows (the default); aces: through the ACES 2.0 view."
    ),
]
FromOption = Annotated[str | None, typer.Option("--from", help="Start of the stretch: 1.5, or 0:01.5.")]
ToOption = Annotated[str | None, typer.Option("--to", help="End of the stretch.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="The speech model: its folder, or its name in the models folder.")
]
LanguageOption = Annotated[str | None, typer.Option("--language", help="The language spoken (en, de, …), if known.")]
WaitOption = Annotated[
    bool,
    typer.Option("--wait/--detach", help="Watch the work to its end, or leave it to the studio and name its jobs."),
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Write over files of these names that are there.")]
SourceArgument = Annotated[str, typer.Argument(help="A take (number or name), or a file.")]


# As it was named before the command.
_chosen_folder: Path | None = None


def set_studio_folder(folder: Path | None) -> None:
    """Makes a studio the one of commands that name none; None leaves them the usual one."""
    global _chosen_folder
    _chosen_folder = folder


def studio_folder(option: Path | None) -> Path:
    """The studio's folder: as asked, else the usual one."""
    return option or _chosen_folder or default_studio()
