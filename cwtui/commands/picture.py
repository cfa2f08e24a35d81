"""Commands for images and playback: frame, render, sheet, view."""

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
from cwtui.commands._packages import preset_of
from engine.time import rational

CompressionOption = Annotated[
    Literal["none", "zip", "dwaa", "htj2k"],
    typer.Option(
        "--compression", help="EXR compression: zip and htj2k are lossless, dwaa is lossy; htj2k needs OpenEXR 3.4."
    ),
]
LevelOption = Annotated[
    float | None, typer.Option("--level", help="The dwaa compression level (45: visually lossless).")
]
# The recipe whose passes `render --explain` explains.
_EXPLAINED_RECIPE = "youtube-4k"
FloatOption = Annotated[bool, typer.Option("--float", help="Write 32-bit floats instead of half floats into an EXR.")]


def frame(
    src: SourceArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The output file: .exr (ACEScg) or .png (SDR).")],
    at: Annotated[str, typer.Option("--at", help="The time: 1.5, or 0:01.5.")] = "0",
    compression: CompressionOption = "zip",
    level: LevelOption = None,
    whole_floats: FloatOption = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Write the frame again whenever a shader is saved, until Ctrl-C.")
    ] = False,
    replace: ReplaceOption = False,
    view: ViewOption = None,
    look: Annotated[str | None, typer.Option("--look", help="A look: see cwtui look.")] = None,
    width: Annotated[
        int | None, typer.Option("--width", min=64, max=16384, help="The largest width of a PNG in pixels.")
    ] = None,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the frame at a time, upright, as EXR or PNG, with a look if one is named."""
    from contextlib import ExitStack, closing, suppress

    from cwtui.commands._output import show_error
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._studio import gate_of
    from cwtui.commands._subjects import look_sources, source
    from engine.errors import EngineError, RequestError
    from engine.export import Origin, export_values, exr_form, write_and_watch
    from engine.looks import OWN_LOOKS, load_look
    from engine.studio import parse_seconds

    if watch and as_json:
        raise RequestError("--watch and --json cannot be combined.", "Use one of them.")
    if width and output.suffix.lower() == ".exr":
        raise RequestError("An EXR frame has the size of the footage.", "Leave out --width, or write a .png file.")
    subject = source(src, project, studio)
    origin = Origin(subject.take.label, subject.take.digest) if subject.take else Origin()
    form = exr_form(compression, level, whole_floats)
    transform = input_transform or subject.input_transform
    refuse_outputs([output], [subject], studio, replace=replace)
    permission = gate_of(studio).require("export", **export_values(output.name, subject.footage.probe.picture))
    found = load_look(preset_of(look, studio, project), studio_folder(studio) / OWN_LOOKS) if look else None
    with ExitStack() as stack:
        sources = stack.enter_context(look_sources(subject, found, studio))
        moment, footage = parse_seconds(at), subject.footage
        frames = write_and_watch(
            permission, footage, moment, output, transform, form, origin, replace, view, found, sources, width
        )
        stack.enter_context(closing(frames))
        stack.enter_context(suppress(*((KeyboardInterrupt,) if watch else ())))
        for written in frames:
            if isinstance(written, EngineError):
                show_error(written)
            elif as_json:
                show_json({"path": str(output), **written.as_json()})
            else:
                human_console().print(
                    f"[green]✓[/] {quoted(output)}  {written.width}×{written.height}, frame {written.tick} "
                    f"at {float(written.time):.3f} s, input transform {written.input_transform}",
                    soft_wrap=True,
                )
            if not watch:
                break


def render(
    src: SourceArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file pattern: DIR/shot.####.exr, or .png (SDR).")
    ] = None,
    start: Annotated[str | None, typer.Option("--in", help="Start time: 1.5, or 0:01.5.")] = None,
    end: Annotated[str | None, typer.Option("--out", help="End time.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Render to the end of the take.")] = False,
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
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Write nothing: print the GPU passes of the frame at --in of a take or a cut, and times."
        ),
    ] = False,
    recipe: Annotated[
        str | None, typer.Option("--recipe", help=f"With --explain: the recipe of the delivery ({_EXPLAINED_RECIPE}).")
    ] = None,
    look: Annotated[
        str | None, typer.Option("--look", help="With --explain: this look instead of that of the recipe.")
    ] = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a range as numbered frames, upright: EXR for a compositor, or PNG."""
    from engine.errors import RequestError

    if explain:
        from cwtui.commands._render_plans import show_plans

        if output or end or whole or first_number is not None:
            raise RequestError("--explain writes nothing.", "Leave out --output, --out, --whole and --first-number.")
        show_plans(src, project, recipe or _EXPLAINED_RECIPE, look, start or "0", studio, as_json)
        return
    if recipe or look:
        raise RequestError("--recipe and --look are for --explain.", "Use cwtui deliver to make files by a recipe.")
    if output is None:
        raise RequestError("--output is missing.", "Name a pattern: -o DIR/shot.####.exr.")
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_queued, show_render
    from engine.export import exr_form
    from engine.studio import is_file_reference, parse_seconds

    plain = project is None and is_file_reference(src)
    with working_studio(studio_folder(studio), create=plain) as opened_studio:
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
    sources: Annotated[list[str] | None, typer.Argument(help="Takes or files (default: all takes).")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The PNG file.")] = Path("sheet.png"),
    strip: Annotated[bool, typer.Option("--strip", help="Make a filmstrip: one row per take, without gaps.")] = False,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="Number of images per take.")] = None,
    every: Annotated[
        str | None, typer.Option("--every", help="One image per this many seconds, instead of --count.")
    ] = None,
    columns: Annotated[int | None, typer.Option("--columns", min=1, help="Number of images per row.")] = None,
    width: Annotated[int, typer.Option("--width", min=64, max=16384, help="Width of the sheet in pixels.")] = 1920,
    replace: ReplaceOption = False,
    view: ViewOption = None,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a contact sheet or a filmstrip of takes."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._studio import gate_of
    from cwtui.commands._subjects import sources_named
    from cwtui.commands._tables import show_failures
    from engine.errors import GateError
    from engine.export import SheetLayout, export_values, make_sheet
    from engine.studio import parse_seconds

    layout = SheetLayout(width, count, parse_seconds(every) if every else None, columns, strip)
    subjects = sources_named(sources or (), project, studio)
    refuse_outputs([output], subjects, studio, replace=replace)
    permission = gate_of(studio).require("export", **export_values(output.name, None, width))
    made = make_sheet(permission, subjects, output, layout, input_transform, view or "as-shot", replace=replace)
    if as_json:
        show_json({"path": str(output), **made.as_json()})
    else:
        height = made.picture.shape[0]
        console = human_console()
        console.print(
            f"[green]✓[/] {quoted(output)}  {width}×{height}, {len(made.moments)} "
            f"image{'s' if len(made.moments) != 1 else ''}",
            soft_wrap=True,
        )
        show_failures(console, made.waiting)
    if made.waiting:
        raise typer.Exit(GateError.exit_code)


def view(
    src: SourceArgument,
    at: Annotated[str, typer.Option("--at", help="Start time: 1.5, or 0:01.5.")] = "0",
    proxy: Annotated[
        bool | None,
        typer.Option(
            "--proxy/--original", help="Play the SDR proxy or the original (default: the proxy if it exists)."
        ),
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play a take in a window: the SDR proxy or the original."""
    from cwtui.commands._studio import open_studio
    from engine.player import open_in_player
    from engine.studio import Studio, is_file_reference, parse_seconds, playback_source

    moment = parse_seconds(at)
    if project is None and is_file_reference(src):
        shown = playback_source(None, Studio.file(src), proxy, moment)
    else:
        opened_studio = open_studio(studio)
        try:
            shown = playback_source(opened_studio, opened_studio.subject(src, project), proxy, moment)
        finally:
            opened_studio.close()
    opened = open_in_player(shown.path, f"{shown.label}, {shown.description}", moment)
    if as_json:
        show_json(
            {
                "path": str(shown.path),
                "shows": "draft" if shown.draft else "proxy" if shown.proxy else "original",
                "what": shown.description,
                "at": rational(moment),
                **opened.as_json(),
            }
        )
        return
    console = human_console()
    console.print(f"[green]▸[/] {quoted(shown.label)} in {opened.player}: {quoted(shown.description)}", soft_wrap=True)
    if shown.proxy_missing:
        console.print("  [yellow]![/] no proxy yet; cwtui jobs shows whether one is being created")
    if opened.from_start and moment:
        console.print(f"  [yellow]![/] {opened.player} starts at the beginning, not at --at", soft_wrap=True)


COMMANDS = (frame, render, sheet, view)
