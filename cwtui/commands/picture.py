"""Commands about pictures: frame, render, sheet, view."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cwtui.commands._options import (
    ProjectOption,
    ReplaceOption,
    SourceArgument,
    StudioOption,
    TransformOption,
    ViewOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

CompressionOption = Annotated[
    Literal["none", "zip", "dwaa", "htj2k"],
    typer.Option("--compression", help="Of an EXR: zip and htj2k lose nothing, dwaa does; htj2k needs OpenEXR 3.4."),
]
LevelOption = Annotated[float | None, typer.Option("--level", help="How much dwaa may lose (45: not visible).")]
FloatOption = Annotated[bool, typer.Option("--float", help="An EXR of 32-bit floats instead of half floats.")]


def frame(
    src: SourceArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help=".exr: ACEScg; .png: as SDR shows it.")],
    at: Annotated[str, typer.Option("--at", help="The moment: 1.5, or 0:01.5.")] = "0",
    compression: CompressionOption = "zip",
    level: LevelOption = None,
    whole_floats: FloatOption = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and make it again whenever a shader is saved; Ctrl-C ends.")
    ] = False,
    replace: ReplaceOption = False,
    view: ViewOption = None,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the frame on screen at a moment, upright, as EXR or PNG."""
    from contextlib import closing, suppress

    from cwtui.commands._output import show_error
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._subjects import source
    from engine.errors import EngineError, RequestError
    from engine.export import Origin, exr_form, write_and_watch
    from engine.studio import parse_seconds

    if watch and as_json:
        raise RequestError("--watch does not end with one answer, which --json would give.", "Leave out one of them.")
    subject = source(src, project, studio)
    origin = Origin(subject.take.label, subject.take.digest) if subject.take else Origin()
    form = exr_form(compression, level, whole_floats)
    transform = input_transform or subject.input_transform
    refuse_outputs([output], [subject], studio, replace=replace)
    frames = write_and_watch(subject.footage, parse_seconds(at), output, transform, form, origin, replace, view)
    with closing(frames), suppress(*((KeyboardInterrupt,) if watch else ())):
        for written in frames:
            if isinstance(written, EngineError):
                show_error(written)
            elif as_json:
                show_json({"path": str(output), **written.as_json()})
            else:
                human_console().print(
                    f"[green]✓[/] {quoted(output)}  {written.width}×{written.height}, frame {written.tick} "
                    f"at {float(written.time):.3f} s, read as {written.input_transform}",
                    soft_wrap=True,
                )
            if not watch:
                break


def render(
    src: SourceArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="DIR/shot.####.exr, or .png as SDR shows it.")],
    start: Annotated[str | None, typer.Option("--in", help="Start of the stretch: 1.5, or 0:01.5.")] = None,
    end: Annotated[str | None, typer.Option("--out", help="End of the stretch.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="To the end, however much that is.")] = False,
    first_number: Annotated[
        int | None, typer.Option("--first-number", min=0, help="The first frame's number (default: its tick).")
    ] = None,
    compression: CompressionOption = "zip",
    level: LevelOption = None,
    whole_floats: FloatOption = False,
    replace: ReplaceOption = False,
    view: ViewOption = None,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a stretch as numbered frames, upright: EXR for a compositor, or PNG."""
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_queued, show_render
    from engine.export import exr_form
    from engine.studio import parse_seconds

    with working_studio(studio_folder(studio)) as opened_studio:
        step = opened_studio.tasks.render_request(
            opened_studio.subject(src, project),
            output,
            exr_form(compression, level, whole_floats),
            start=parse_seconds(start) if start else None,
            end=parse_seconds(end) if end else None,
            whole=whole,
            first_number=first_number,
            input_transform=input_transform,
            replace=replace,
            rendering=view,
        )
        if not wait:
            show_queued(opened_studio.jobs.submit([step]), as_json)
            return
        result = opened_studio.render(step)
    if as_json:
        show_json(result)
    else:
        show_render(human_console(), result)


def sheet(
    sources: Annotated[list[str] | None, typer.Argument(help="Takes or files; all takes where none is named.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The PNG file.")] = Path("sheet.png"),
    strip: Annotated[bool, typer.Option("--strip", help="A filmstrip: a row for each take, edge to edge.")] = False,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="How many pictures of each take.")] = None,
    every: Annotated[str | None, typer.Option("--every", help="A picture every so many seconds instead.")] = None,
    columns: Annotated[int | None, typer.Option("--columns", min=1, help="How many pictures in a row.")] = None,
    width: Annotated[int, typer.Option("--width", min=64, max=16384, help="The sheet's width in pixels.")] = 1920,
    replace: ReplaceOption = False,
    view: ViewOption = None,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a contact sheet or a filmstrip of takes."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._subjects import sources_named
    from cwtui.commands._tables import show_failures
    from engine.errors import GateError
    from engine.export import SheetLayout, make_sheet
    from engine.studio import parse_seconds

    layout = SheetLayout(width, count, parse_seconds(every) if every else None, columns, strip)
    subjects = sources_named(sources or (), project, studio)
    refuse_outputs([output], subjects, studio, replace=replace)
    made = make_sheet(subjects, output, layout, input_transform, view or "as-shot", replace=replace)
    if as_json:
        show_json({"path": str(output), **made.as_json()})
    else:
        height = made.picture.shape[0]
        console = human_console()
        console.print(
            f"[green]✓[/] {quoted(output)}  {width}×{height}, {len(made.moments)} "
            f"picture{'s' if len(made.moments) != 1 else ''}",
            soft_wrap=True,
        )
        show_failures(console, made.waiting)
    if made.waiting:
        raise typer.Exit(GateError.exit_code)


def view(
    src: SourceArgument,
    at: Annotated[str, typer.Option("--at", help="Where to begin: 1.5, or 0:01.5.")] = "0",
    proxy: Annotated[
        bool | None,
        typer.Option(
            "--proxy/--original", help="The proxy (SDR), or the footage itself; the proxy where there is one."
        ),
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a window and play a take: the SDR proxy, or the original."""
    from engine.player import open_in_player
    from engine.studio import Studio, is_file_reference, parse_seconds, playback_source

    moment = parse_seconds(at)
    if project is None and is_file_reference(src):
        shown = playback_source(None, Studio.file(src), proxy, moment)
    else:
        opened_studio = Studio(studio_folder(studio))
        try:
            shown = playback_source(opened_studio, opened_studio.subject(src, project), proxy, moment)
        finally:
            opened_studio.close()
    opened = open_in_player(shown.path, f"{shown.label}, {shown.description}", moment)
    if as_json:
        show_json(
            {
                "path": str(shown.path),
                "shows": "proxy" if shown.proxy else "original",
                "what": shown.description,
                "at": [moment.numerator, moment.denominator],
                **opened.as_json(),
            }
        )
        return
    console = human_console()
    console.print(f"[green]▸[/] {quoted(shown.label)} in {opened.player}: {quoted(shown.description)}", soft_wrap=True)
    if shown.proxy_missing:
        console.print("  [yellow]![/] there is no proxy of it yet; cwtui jobs says whether one is being made")
    if opened.from_start and moment:
        console.print(f"  [yellow]![/] {opened.player} begins at the start, not at --at", soft_wrap=True)


COMMANDS = (frame, render, sheet, view)
