"""Commands for cuts as a whole: new, list, show, rename, delete. The verbs of other files are in the group as well."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands import cut_adjust, cut_chapters, cut_edit, cut_exchange, cut_pictures, cut_suggest, cut_words
from cwtui.commands._cuts import (
    CutNameArgument,
    CutOption,
    cut_json,
    label_of,
    parse_rate,
    project_cuts,
    report_losses,
    time_text,
)
from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.listed_command import group_of, listed_function, new_app

if TYPE_CHECKING:
    from engine.studio import ProjectCuts
    from engine.timeline import Clip, Cut


def new(
    name: Annotated[str | None, typer.Argument(help="The name of the cut (default: film).")] = None,
    takes: Annotated[
        list[str] | None,
        typer.Option("--take", help="A take, or a range of numbers (5-9), in this order. Repeatable."),
    ] = None,
    rate: Annotated[
        str | None, typer.Option("--rate", help="Frames per second: 25, 29.97, 30000/1001 (default: the commonest).")
    ] = None,
    canvas: Annotated[
        str | None, typer.Option("--canvas", help="Width and height: 1920x1080 (default: the commonest).")
    ] = None,
    auto: Annotated[
        bool, typer.Option("--auto", help="Group retakes, choose the best reading of each line, trim to speech.")
    ] = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a cut of the kept ranges of takes, in shooting order.

    Without --take, it has the kept takes; if none is kept, all except retakes. With --auto it has the best reading of
    each line, in the order of the project's script.txt if there is one; the other readings are alternates.
    """
    from cwtui.commands._studio import open_studio
    from engine.studio import ProjectCuts, ProjectWords
    from engine.timeline import unused_name

    frame_rate, size = parse_rate(rate) if rate else None, parse_canvas(canvas) if canvas else None
    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        cuts = ProjectCuts(opened_studio, chosen)
        found = opened_studio.takes_named(takes, chosen) if takes else None
        if auto:
            said = ProjectWords(opened_studio, chosen)
            fresh = cuts.store.refuse_taken(name or unused_name(cuts.names()))
            cut_words.add_automatic(cuts, said, said.assemble(fresh, found, frame_rate, size), as_json)
            return
        made = cuts.new(name or unused_name(cuts.names()), found, frame_rate, size)
        edit = cuts.add(made)
        if as_json:
            show_json({"edit": edit.model_dump(mode="json"), "cut": cut_json(made, cuts)})
            return
        _print_clips(made, cuts)


def list_(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the project's cuts."""
    _list(project, studio, as_json)


def show(
    name: CutNameArgument = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the clips of a cut by number."""
    with project_cuts(project, studio) as cuts:
        cut = cuts.read(cuts.name(name))
        if as_json:
            show_json({"cut": cut_json(cut, cuts)})
            return
        report_losses(cuts.losses(cut.name))
        _print_clips(cut, cuts)


def rename(
    new_name: Annotated[str, typer.Argument(metavar="NEW", help="The new name.")],
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rename a cut."""
    with project_cuts(project, studio) as cuts:
        edit = cuts.rename(cuts.name(name), new_name)
        if as_json:
            show_json({"edit": edit.model_dump(mode="json") if edit else None, "cuts": cuts.names()})
        else:
            human_console().print(f"[green]✓[/] {quoted(edit.title if edit else 'no change')}", soft_wrap=True)


def delete(
    name: Annotated[str, typer.Argument(metavar="CUT", help="The cut.")],
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a cut. cwtui undo restores it; takes and deliverables stay."""
    with project_cuts(project, studio) as cuts:
        edit = cuts.delete(cuts.name(name))
        if as_json:
            show_json({"edit": edit.model_dump(mode="json") if edit else None, "cuts": cuts.names()})
        else:
            human_console().print(f"[green]✓[/] {quoted(edit.title if edit else 'no change')}", soft_wrap=True)


def parse_canvas(text: str) -> tuple[int, int]:
    """A width and a height in pixels: 1920x1080. Raises RequestError unless both are even and from 16 to 8192."""
    from engine.errors import RequestError

    if parts := re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text):
        width, height = int(parts[1]), int(parts[2])
        if all(16 <= size <= 8192 and size % 2 == 0 for size in (width, height)):
            return width, height
    raise RequestError(f"“{text}” is not a canvas.", "Use an even width and height in pixels: 1920x1080.")


def _list(project: str | None, studio: Path | None, as_json: bool) -> None:
    from cwtui.formatting import plural
    from engine.errors import EngineError

    with project_cuts(project, studio) as cuts:
        rows: list[dict[str, Any]] = []
        for name in cuts.names():
            try:
                cut = cuts.read(name)
            except EngineError as error:
                rows.append({"name": name, "error": error.message, "hint": error.hint})
                continue
            length = time_text(cut.length, cut)
            rows.append({"name": name, "clips": len(cut.clips), "length": cut.length, "time": length})
        if as_json:
            show_json({"cuts": rows})
            return
        console = human_console()
        for row in rows:
            if "error" in row:
                console.print(f"[red]✗[/] {quoted(row['error'])}", soft_wrap=True)
            else:
                clips = plural(row["clips"], "clip")
                console.print(f"{row['time']}  {quoted(row['name'])}  [grey62]{clips}[/]", soft_wrap=True)
        if not rows:
            console.print("[grey62]· no cut yet: cwtui cut new makes one[/]")


def _print_clips(cut: Cut, cuts: ProjectCuts) -> None:
    from cwtui.commands._tables import plain_table, rate_line
    from cwtui.formatting import plural

    media, console = cuts.media, human_console()
    table = plain_table("", "at", "length", "take", "from", "details", right=("", "length"))
    for number, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True), 1):
        label = label_of(clip, media[clip.take].label if clip.take in media else None)
        table.add_row(
            str(number),
            time_text(position, cut),
            f"{float(clip.length / cut.rate):.2f} s",
            quoted(label),
            time_text(clip.start, cut) if clip.take else "",
            quoted(", ".join(_details(clip, label, cut.rate))),
        )
    console.print(table)
    for number, title in enumerate(cut.titles, 1):
        said = next((value for _, value in title.fields if value), "")
        console.print(
            f"title {number}  {time_text(title.start, cut)}  {float(title.length / cut.rate):.2f} s  "
            f"{quoted(title.template)}  [grey62]{quoted(said)}[/]",
            soft_wrap=True,
        )
    format_ = f"{cut.width}×{cut.height} at {rate_line(cut.rate)}"
    console.print(
        f"[bold]{quoted(cut.name)}[/]  {time_text(cut.length, cut)}  "
        f"[grey62]{plural(len(cut.clips), 'clip')}, {format_}[/]",
        soft_wrap=True,
    )


def _details(clip: Clip, label: str, rate: Fraction) -> list[str]:
    """What is particular about a clip, in a few words each."""
    from cwtui.formatting import format_signed, plural

    found = [clip.name] if clip.name and clip.name not in label else []
    if clip.transition:
        frames = clip.transition.before + clip.transition.after
        way = f" {clip.transition.direction}" if clip.transition.kind in ("wipe", "push") else ""
        found.append(f"{clip.transition.kind}{way} {float(frames / rate):.2f} s")
    if clip.sound_offset:
        found.append(f"sound {format_signed(clip.sound_offset / 48_000, 2)} s")
    if clip.gain_db:
        found.append(f"{format_signed(clip.gain_db, 1)} dB")
    if clip.look:
        found.append(f"look {clip.look}" + (", animated" if clip.animation else ""))
    found += [f"“{marker.label or marker.kind}”" for marker in clip.markers if clip.start <= marker.at < clip.end]
    if clip.alternates:
        found.append(plural(len(clip.alternates), "alternate"))
    return found


_OWN: tuple[Callable[..., Any], ...] = (new, list_, show, rename, delete)

VERBS: tuple[Callable[..., Any], ...] = (
    *_OWN,
    *cut_edit.COMMANDS,
    *cut_adjust.COMMANDS,
    *cut_words.COMMANDS,
    *cut_suggest.COMMANDS,
    *cut_chapters.COMMANDS,
    *cut_exchange.COMMANDS,
    *cut_pictures.COMMANDS,
)
"""The functions of the group, one a verb. A file with further verbs adds its COMMANDS here."""

cut = new_app(
    "cut",
    help="Cut takes into a film.",
    cls=group_of(*(listed_function(function) for function in VERBS)),
    invoke_without_command=True,
)


@cut.callback()
def _default(
    context: typer.Context, project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False
) -> None:
    """Cut takes into a film."""
    if context.invoked_subcommand is None:
        _list(project, studio, as_json)
