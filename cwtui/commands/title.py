"""Commands for titles: templates, files of single titles, and the titles of cuts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands import title_cut
from cwtui.commands._options import ProjectOption, ReplaceOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of
from cwtui.commands._recipe_problems import problems_json
from cwtui.commands.title_cut import SetOption
from cwtui.listed_command import group_of, listed_function, new_app

if TYPE_CHECKING:
    from engine.titles import StoredTitle, TitleTemplate

_SIZES = {"1080p": (1920, 1080), "uhd": (3840, 2160), "vertical": (1080, 1920), "square": (1080, 1080)}
TemplateArgument = Annotated[str, typer.Argument(metavar="TEMPLATE", help="A template, by name or as a .toml file.")]


def list_(
    name: Annotated[str | None, typer.Argument(metavar="[CUT]", help="A cut, to list its titles.")] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the built-in templates and your own, or the titles of a cut."""
    if name is not None:
        title_cut.list_of_cut(name, project, studio, as_json)
        return
    _list(studio, as_json)


def show(template: TemplateArgument, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Show a template: its fields with their limits, its length and its fonts."""
    from engine.time import rational

    found = load(template, studio)
    if as_json:
        show_json(
            {
                **_template_json(found),
                "duration": rational(found.duration),
                "begin": rational(found.begin),
                "end": rational(found.end),
                "fields": {name: field.model_dump(mode="json") for name, field in found.fields.items()},
                "fonts": sorted({layer.font for layer in found.layers if layer.kind in ("text", "counter")}),
                "layers": [layer.kind for layer in found.layers],
            }
        )
        return
    from cwtui.commands._tables import plain_table

    console = human_console()
    console.print(f"[bold]{quoted(found.name)}[/]  {quoted(found.title)}", soft_wrap=True)
    console.print(f"[grey62]{found.kind}, {float(found.duration):g} s, version {found.revision}[/]", soft_wrap=True)
    table = plain_table("field", "type", "what it is", "default")
    for name, field in found.fields.items():
        kind = field.type + (f", at most {field.most} characters" if field.type == "text" else "")
        table.add_row(
            quoted(name), kind + (", required" if field.required else ""), *map(quoted, (field.title, field.default))
        )
    console.print(table)


def new(
    name: Annotated[str, typer.Argument(help="The name: letters, digits, - and _.")],
    extends: Annotated[str, typer.Option("--extends", help="The template whose keys it inherits.")] = "title",
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a template of your own in the studio's titles folder, to edit it there."""
    from cwtui.commands._studio import open_or_create_studio
    from engine.titles import OWN_TITLES, create_title

    open_or_create_studio(studio).close()
    folder = (studio_folder(studio) / OWN_TITLES).absolute()
    path = create_title(folder, name, extends, folder)
    if as_json:
        show_json({"name": path.stem, "path": str(path)})
    else:
        human_console().print(f"[green]✓[/] Created {quoted(path.stem)}: {quoted(path)}", soft_wrap=True)


def lint(
    name: Annotated[
        str | None, typer.Argument(help="A template, by name or as a .toml file. Default: all.", metavar="[NAME|FILE]")
    ] = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check templates for errors and for texts with too little contrast. Exits with 1 if there is an error."""
    listed = _listed(name, studio)
    warnings = {one.name: _warnings(one) for one in listed}
    if as_json:
        show_json(
            {
                "templates": [
                    {
                        "name": one.name,
                        "path": str(one.path.absolute()),
                        "problems": problems_json(one.problems),
                        "warnings": warnings[one.name],
                    }
                    for one in listed
                ]
            }
        )
    else:
        console = human_console()
        for one in listed:
            if not one.problems and not warnings[one.name]:
                console.print(f"[green]✓[/] {quoted(one.name)}", soft_wrap=True)
            for warning in warnings[one.name]:
                console.print(f"[yellow]![/] {quoted(one.name)}: {quoted(warning)}", soft_wrap=True)
            for problem in one.problems:
                line = "" if problem.line is None else f":{problem.line + 1}"
                console.print(f"[red]✗[/] {quoted(one.path)}{line}: {quoted(problem.message)}", soft_wrap=True)
    if any(one.problems for one in listed):
        raise typer.Exit(1)


def render(
    template: TemplateArgument,
    values: SetOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help=".mov: ProRes 4444; .exr: numbered frames; .png: a still.")
    ] = Path("title.mov"),
    duration: Annotated[
        str | None, typer.Option("--for", help="Its length: seconds, or frames as 36f (default: the template's).")
    ] = None,
    rate: Annotated[
        str | None, typer.Option("--rate", help="Frames per second (default: that of --cut, or 25).")
    ] = None,
    size: Annotated[
        str | None,
        typer.Option("--size", help="1080p, uhd, vertical, square, or 1920x1080 (default: that of --cut, or 1080p)."),
    ] = None,
    cut: Annotated[str | None, typer.Option("--cut", "-c", help="A cut, whose rate and canvas it gets.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="The time of a still (default: the middle).")] = None,
    alpha: Annotated[
        Literal["premultiplied", "straight"], typer.Option("--alpha", help="How a movie stores colours.")
    ] = "premultiplied",
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a title as a file with alpha for another program."""
    from cwtui.commands._cuts import parse_rate, parse_ticks, project_cuts
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._studio import gate_of
    from engine.export import export_values
    from engine.time import rational
    from engine.titles import TitleRenderer, frame_count, parse_assignments, refuse_suffix, write_title

    refuse_suffix(output)
    still = output.suffix.lower() == ".png"
    if at is not None and not still:
        from engine.errors import RequestError

        raise RequestError("--at is for a still.", "Use -o still.png, or leave --at out.")
    found = load(template, studio, project)
    frames, canvas = Fraction(25), _SIZES["1080p"]
    if cut is not None:
        with project_cuts(project, studio) as cuts:
            known = cuts.read(cuts.name(cut))
            frames, canvas = known.rate, (known.width, known.height)
    frames = parse_rate(rate) if rate else frames
    canvas = parse_size(size) if size else canvas
    ticks = parse_ticks(duration, frames) if duration else frame_count(found.duration, frames)
    if ticks < 1:
        from engine.errors import RequestError

        raise RequestError("A title has at least one frame.", "Choose a longer one with --for.")
    refuse_outputs([output], [], studio, replace=replace)
    renderer = TitleRenderer(found, parse_assignments(values or ()), canvas, ticks / frames)
    permission = gate_of(studio).require("export", **export_values(output.name, None, max(canvas)))
    from cwtui.commands._title_progress import frame_progress

    with frame_progress(1 if still else ticks) as progress:
        written = write_title(
            permission,
            renderer,
            canvas,
            frames,
            output,
            alpha=alpha,
            still_at=parse_ticks(at, frames) / frames if at else None,
            replace=replace,
            progress=progress,
        )
    if as_json:
        show_json(
            {
                "files": [str(path) for path in written.files],
                "frames": written.frames,
                "rate": rational(frames),
                "width": canvas[0],
                "height": canvas[1],
                "duration": rational(ticks / frames),
                **_template_json(found),
                "fields": renderer.values,
            }
        )
        return
    from cwtui.formatting import plural

    names = " to ".join(quoted(path) for path in written.files)
    human_console().print(
        f"[green]✓[/] {names}  [grey62]{canvas[0]}×{canvas[1]}, {plural(written.frames, 'frame')}[/]", soft_wrap=True
    )


def load(template: str, studio: Path | None, project: str | None = None) -> TitleTemplate:
    """A template by name, from the studio or built in, or as a file."""
    from engine.titles import OWN_TITLES, load_title

    return load_title(preset_of(template, studio, project), studio_folder(studio) / OWN_TITLES)


def parse_size(text: str) -> tuple[int, int]:
    """A size by name or as 1920x1080. Raises RequestError if it is none."""
    from cwtui.commands.cut import parse_canvas

    return _SIZES[text.lower()] if text.lower() in _SIZES else parse_canvas(text)


def _template_json(template: TitleTemplate) -> dict[str, Any]:
    return {
        "template": template.name,
        "title": template.title,
        "kind": template.kind,
        "version": template.revision,
        "digest": template.digest,
    }


def _listed(name: str | None, studio: Path | None) -> list[StoredTitle]:
    from engine.titles import OWN_TITLES, list_titles, stored_title, title_path

    own = studio_folder(studio) / OWN_TITLES
    return list_titles(own) if name is None else [stored_title(title_path(name, own), own)]


def _warnings(one: StoredTitle) -> list[str]:
    """Text that is valid but bad to read, with the default values; errors of these values as well."""
    from engine.errors import EngineError
    from engine.titles import READABLE, text_contrasts

    if one.template is None:
        return []
    try:
        found = text_contrasts(one.template, {})
    except EngineError as error:
        return [f"{error.message} {error.hint}"]
    return [
        f"layer {text.layer} has a contrast of {text.ratio:.1f} over some footage; {READABLE:g} is readable"
        for text in found
        if text.ratio < READABLE
    ]


def _list(studio: Path | None, as_json: bool) -> None:
    from engine.titles import OWN_TITLES, list_titles

    own = studio_folder(studio) / OWN_TITLES
    listed = list_titles(own)
    if as_json:
        rows = [
            {
                "name": one.name,
                "own": one.own,
                "path": str(one.path.absolute()),
                **({} if one.template is None else _template_json(one.template)),
                "problems": problems_json(one.problems),
            }
            for one in listed
        ]
        show_json({"folder": str(own.absolute()), "templates": rows})
        return
    from cwtui.commands._tables import plain_table

    table = plain_table("", "template", "kind", "title", "")
    for one in listed:
        mark = "[red]✗[/]" if one.problems else ""
        kind, title = (one.template.kind, one.template.title) if one.template else ("", "")
        table.add_row(mark, quoted(one.name), kind, quoted(title), "own" if one.own else "")
    human_console().print(table)


VERBS: tuple[Callable[..., Any], ...] = (list_, show, new, lint, render, *title_cut.COMMANDS)

title = new_app(
    "title",
    help="Show, render and set titles.",
    cls=group_of(*(listed_function(function) for function in VERBS)),
    invoke_without_command=True,
)


@title.callback()
def _default(context: typer.Context, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Show, render and set titles."""
    if context.invoked_subcommand is None:
        _list(studio, as_json)
