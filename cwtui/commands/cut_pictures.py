"""Verbs of `cwtui cut` that show a cut: frame, sheet, view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._cuts import CutNameArgument, parse_ticks, read_cut, time_text
from cwtui.commands._options import ProjectOption, ReplaceOption, StudioOption
from cwtui.commands._output import JsonOption, error_console, human_console, quoted, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.studio import CutStill

AtOption = Annotated[str, typer.Option("--at", help="The time in the cut: 1:30, 00:00:01:12, 36f.")]


def frame(
    name: CutNameArgument = None,
    at: AtOption = "0",
    output: Annotated[Path, typer.Option("--output", "-o", help="The PNG file.")] = Path("frame.png"),
    width: Annotated[
        int | None, typer.Option("--width", min=16, max=8192, help="Width in pixels (default: that of the canvas).")
    ] = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the picture of a cut at a time, in SDR."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._studio import open_studio
    from engine.export import export_values
    from engine.studio import ProjectCuts, cut_still, write_cut_picture
    from engine.time import rational

    refuse_outputs([output], [], studio, replace=replace)
    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        cut = read_cut(ProjectCuts(opened_studio, chosen), name)
        edge = max(width or cut.width, (width or cut.width) * cut.height // cut.width)
        permission = opened_studio.gate.require("export", **export_values(output.name, None, edge))
        still = cut_still(opened_studio, chosen, cut, parse_ticks(at, cut.rate), width)
    write_cut_picture(permission, still.picture, output, replace=replace)
    height, across = still.picture.shape[:2]
    if as_json:
        shown = {**_still_json(still), "time": rational(still.tick / cut.rate)}
        show_json({"path": str(output), "cut": cut.name, "width": across, "height": height, **shown})
        return
    _report_missing([still])
    clips = " and ".join(map(str, still.clips))
    where = f"{time_text(still.tick, cut)}, clip {clips}"
    human_console().print(f"[green]✓[/] {quoted(output)}  {across}×{height}, {where}", soft_wrap=True)


def sheet(
    name: CutNameArgument = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The PNG file.")] = Path("sheet.png"),
    columns: Annotated[int | None, typer.Option("--columns", min=1, help="Number of images per row.")] = None,
    width: Annotated[int, typer.Option("--width", min=64, max=16384, help="Width of the sheet in pixels.")] = 1920,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a contact sheet of a cut: the middle frame of each clip."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._studio import open_studio
    from engine.export import export_values
    from engine.studio import ProjectCuts, cut_sheet, write_cut_picture

    refuse_outputs([output], [], studio, replace=replace)
    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        cut = read_cut(ProjectCuts(opened_studio, chosen), name)
        permission = opened_studio.gate.require("export", **export_values(output.name, None, width))
        picture, stills = cut_sheet(opened_studio, chosen, cut, width, columns)
    write_cut_picture(permission, picture, output, replace=replace)
    height = picture.shape[0]
    if as_json:
        pictures = [_still_json(one) for one in stills]
        show_json({"path": str(output), "cut": cut.name, "width": width, "height": height, "pictures": pictures})
        return
    _report_missing(stills)
    count = f"{len(stills)} image{'s' if len(stills) != 1 else ''}"
    human_console().print(f"[green]✓[/] {quoted(output)}  {width}×{height}, {count}", soft_wrap=True)


def view(
    name: CutNameArgument = None,
    at: AtOption = "0",
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play a cut in a window: the proxies or the originals of its takes."""
    from cwtui.commands._studio import open_studio
    from engine.player import play_stretches
    from engine.studio import ProjectCuts, cut_playback
    from engine.time import rational

    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        cut = read_cut(ProjectCuts(opened_studio, chosen), name)
        played = cut_playback(opened_studio, chosen, cut)
    start = parse_ticks(at, cut.rate) / cut.rate
    opened = play_stretches(played.stretches, f"{cut.name} — Cleanwater", played.at(start))
    if as_json:
        show_json({"cut": cut.name, "what": played.description, "at": rational(start), **opened.as_json()})
    else:
        human_console().print(
            f"[green]▸[/] {quoted(cut.name)} in {opened.player}: {quoted(played.description)}", soft_wrap=True
        )


def _still_json(still: CutStill) -> dict[str, Any]:
    return {"tick": still.tick, "clips": list(still.clips), "missing": list(still.missing)}


def _report_missing(stills: Sequence[CutStill]) -> None:
    for number in sorted({number for still in stills for number in still.missing}):
        why = "its take is missing, has no picture, or waits for its input transform"
        error_console().print(f"[yellow]![/] clip {number} is black: {why}")


COMMANDS: tuple[Any, ...] = (frame, sheet, view)
