"""The command science trailer: a movie of a flight through a science picture."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._options import ProjectOption, StudioOption, WaitOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.studio import Studio

_LONGEST_S = 600


def trailer(
    color: Annotated[Path, typer.Argument(metavar="COLOR", help="The NAME.color.exr of a science picture.")],
    seconds: Annotated[str, typer.Option("--seconds", help="The length.")] = "10",
    camera: Annotated[Path | None, typer.Option("--camera", help="A TOML file with keyframes of the camera.")] = None,
    look: Annotated[str | None, typer.Option("--look", help="A look to apply to the light.")] = None,
    form: Annotated[
        Literal["h264", "prores", "exr"],
        typer.Option("--format", help="The movie's codec; exr: scene-linear frames, without a look and a view."),
    ] = "h264",
    recipe: Annotated[
        str | None, typer.Option("--recipe", help="Deliver the frames by this recipe, with a receipt.")
    ] = None,
    size: Annotated[str, typer.Option("--size", help="Width × height in pixels, both even.")] = "1920x1080",
    rate: Annotated[str, typer.Option("--rate", help="Frames per second: 24, or 24000/1001.")] = "24",
    shutter: Annotated[float, typer.Option("--shutter", min=0, max=720, help="The shutter angle in degrees.")] = 180.0,
    subframes: Annotated[int, typer.Option("--subframes", min=1, max=256, help="Subframes of motion blur.")] = 5,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=(1 << 32) - 1, help="Another number makes another volume.")
    ] = 1,
    name: Annotated[str | None, typer.Option("--name", help="The trailer's name; the picture's by default.")] = None,
    project: ProjectOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a movie of a flight through a science picture, and a contact sheet of it.

    The density becomes a volume, the stars of NAME.stars.csv points at several depths. The project's science folder
    gets the files. A trailer that is cancelled continues after its last complete four seconds, or its last frame. With
    --recipe, scene-linear frames are made, and delivered like other footage: the look is then that of the recipe.
    """
    from cwtui.commands._cuts import parse_rate
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_queued
    from engine.effects import Shutter
    from engine.errors import RequestError
    from engine.jobs import job_result
    from engine.looks import OWN_LOOKS, load_look
    from engine.science import TrailerSettings, default_path, read_path

    if recipe:
        _refuse_with_recipe(look, form, wait)
        form = "exr"
    if form == "exr" and look:
        raise RequestError("Scene-linear frames have no look.", "Apply it in a delivery: a recipe has a look.")
    width, height = _size(size)
    length = _seconds(seconds)
    a_second = parse_rate(rate)
    found = load_look(preset_of(look, studio, project), studio_folder(studio) / OWN_LOOKS) if look else None
    settings = TrailerSettings(
        camera=read_path(camera) if camera else default_path(length),
        frames=max(1, round(length * a_second)),
        rate=a_second,
        width=width,
        height=height,
        shutter=Shutter(angle=shutter, final=subframes),
        seed=seed,
        format=form,
    )
    with working_studio(studio_folder(studio)) as opened:
        request = opened.tasks.science_trailer_request(opened.project(project), color.absolute(), settings, found, name)
        jobs = opened.jobs.submit([request])
        if not wait:
            show_queued(jobs, as_json)
            return
        result = job_result(*opened.jobs.wait(jobs))
        if recipe:
            _deliver(opened, opened.project(project), recipe, result, as_json)
        _show(result, opened.folder, as_json)


def _refuse_with_recipe(look: str | None, form: str, wait: bool) -> None:
    from engine.errors import RequestError

    if look or form == "prores":
        raise RequestError(
            "--recipe cannot be combined with --look and --format prores.",
            "The recipe states the codec and the look; cwtui recipes lists the recipes.",
        )
    if not wait:
        raise RequestError("--recipe needs the frames first.", "Leave out --no-wait, or deliver the frames later.")


def _deliver(studio: Studio, project: Project, recipe: str, result: dict[str, Any], as_json: bool) -> None:
    """Delivers the frames of a trailer to the project's deliverables. Exits with the delivery's code."""
    from cwtui.commands._delivery_result import show_delivery
    from cwtui.commands._tables import show_failures
    from engine.deliver import OWN_RECIPES, load_recipe
    from engine.studio import DeliveryRequest, plan_delivery, run_plans

    recipe = preset_of(recipe, studio.folder, project.name)
    wanted = load_recipe(recipe, studio.folder / OWN_RECIPES)
    folder = studio.folder / project.folder / "deliverables" / wanted.name
    request = DeliveryRequest(
        recipe=wanted, sources=(str(studio.folder / result["files"][0]),), folder=folder, recipe_name=recipe
    )
    (outcome,) = run_plans(studio, [plan_delivery(studio, request)])
    if as_json:
        show_json({**result, "delivery": outcome.as_json()})
    else:
        show_delivery(human_console(), [delivered.model_dump(mode="json") for delivered in outcome.delivered])
        show_failures(human_console(), [*outcome.waiting, *outcome.failed])
        if outcome.receipt:
            human_console().print(f"[cyan]receipt[/]  {quoted(outcome.receipt)}", soft_wrap=True)
    raise typer.Exit(outcome.exit_code)


def _seconds(text: str) -> Fraction:
    from engine.errors import RequestError

    try:
        seconds = Fraction(text)
    except (ValueError, ZeroDivisionError):
        seconds = Fraction(0)
    if not 0 < seconds <= _LONGEST_S:
        raise RequestError(f"A trailer of “{text}” seconds is impossible.", f"Use a number up to {_LONGEST_S}.")
    return seconds


def _size(text: str) -> tuple[int, int]:
    from engine.errors import RequestError

    across, _, down = text.partition("x")
    size = [int(part) for part in (across, down) if part.isdecimal()]
    if len(size) != 2 or any(length % 2 or not 16 <= length <= 8192 for length in size):
        raise RequestError(f"A trailer cannot have the size “{text}”.", "Use even numbers from 16 to 8192: 1920x1080.")
    return size[0], size[1]


def _show(result: dict[str, Any], folder: Path, as_json: bool) -> None:
    if as_json:
        show_json({**result, "files": [str(folder / path) for path in result["files"]]})
        return
    console = human_console()
    console.print(f"[green]✓[/] {result['frames']} frames, {result['stars']} stars")
    for path in result["files"]:
        console.print(f"  {quoted(str(folder / path))}", soft_wrap=True)


COMMANDS: tuple[Callable[..., Any], ...] = (trailer,)
