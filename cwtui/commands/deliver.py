"""Commands for deliverables: deliver, receipt, approve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cwtui.commands._options import (
    FromOption,
    LanguageOption,
    ModelOption,
    ProjectOption,
    ReplaceOption,
    StudioOption,
    ToOption,
    TransformOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of
from cwtui.commands._receipts import receipt_folder

if TYPE_CHECKING:
    from engine.studio import DeliveryRequest


def deliver(
    recipe: Annotated[str, typer.Argument(help="A recipe: your own or built-in, by name, or a .toml file.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Takes (2, 5-9, a name) or files. Default: the kept takes; if none is kept, all but the retakes."
        ),
    ] = None,
    project: ProjectOption = None,
    cut: Annotated[
        str | None, typer.Option("--cut", "-c", help="Deliver this cut of the project as one film.", metavar="CUT")
    ] = None,
    sdr: Annotated[bool, typer.Option("--sdr", help="SDR BT.709 instead of HDR.")] = False,
    start: FromOption = None,
    end: ToOption = None,
    rendering: Annotated[
        Literal["as-shot", "aces"] | None,
        typer.Option("--rendering", help="as-shot keeps the light of the footage; aces applies the ACES 2.0 view."),
    ] = None,
    input_transform: TransformOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The output folder (default: deliverables/RECIPE).")
    ] = None,
    kept: Annotated[bool, typer.Option("--kept", help="Deliver only the kept takes.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Deliver all takes, including retakes.")] = False,
    replace: ReplaceOption = False,
    speed: Annotated[
        Literal["real", "slow"] | None,
        typer.Option("--speed", help="Playback of footage with a higher frame rate than the recipe allows."),
    ] = None,
    damaged: Annotated[
        bool, typer.Option("--damaged", help="Deliver damaged footage as it is. The receipt marks it incomplete.")
    ] = False,
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign the files with your key (Content Credentials); see cwtui credentials.")
    ] = False,
    farm: Annotated[
        bool, typer.Option("--farm", help="Render parts of the picture on the machines of the farm; same bytes.")
    ] = False,
    mixed: Annotated[
        bool,
        typer.Option("--mixed", help="With --farm: also on other devices. The joins are compared."),
    ] = False,
    model: ModelOption = None,
    language: LanguageOption = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show the estimate and the files that exist already, and deliver nothing."),
    ] = False,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create deliverables from a recipe, check them and write a receipt.

    A take is delivered with its trim; use --from 0 to deliver all of it. If no take is named, the kept takes are
    delivered, or all but the retakes if none is kept. With --cut, a cut is delivered as one film.
    """
    from cwtui.commands._delivery_result import show_delivery
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_failures, show_queued, show_selection
    from engine.deliver import OWN_RECIPES, load_recipe
    from engine.errors import RequestError
    from engine.studio import (
        DeliveryRequest,
        is_file_reference,
        parse_seconds,
        plan_cut_delivery,
        plan_delivery,
        run_plans,
        submit_deliveries,
    )
    from engine.tasks import TranscribeOptions

    if (kept and every) or ((kept or every) and sources):
        raise RequestError("--kept, --all and named takes cannot be combined.", "Use only one of them.")
    if cut and (sources or kept or every or start or end or input_transform or speed):
        raise RequestError(
            "--cut cannot be combined with takes, --from, --to, --kept, --all, --speed or --input-transform.",
            "Edit the cut with cwtui cut; confirm the input transform of a take with cwtui confirm.",
        )
    if mixed and not farm:
        raise RequestError("--mixed is about the machines of the farm.", "Add --farm.")
    recipe = preset_of(recipe, studio, project)
    wanted = load_recipe(recipe, studio_folder(studio) / OWN_RECIPES)
    wanted = wanted.in_sdr() if sdr else wanted
    wanted = wanted.signed() if sign else wanted
    request = DeliveryRequest(
        recipe=wanted.with_rendering(rendering) if rendering else wanted,
        sources=tuple(sources or ()),
        project=project,
        start=parse_seconds(start) if start else None,
        end=parse_seconds(end) if end else None,
        input_transform=input_transform,
        folder=output,
        options=TranscribeOptions(model=model, language=language),
        rule="kept" if kept else "all" if every else "usual",
        replace=replace,
        speed=speed,
        damaged=damaged,
        recipe_name=recipe,
        farm="mixed" if mixed else "equal" if farm else "",
    )
    if dry_run:
        _show_forecast(studio_folder(studio), request, cut, as_json)
        return
    # The jobs of plain files need a studio, but no project.
    plain = project is None and bool(sources) and all(map(is_file_reference, sources or ()))
    with working_studio(studio_folder(studio), create=plain) as opened_studio:
        planned = plan_cut_delivery(opened_studio, request, cut) if cut else plan_delivery(opened_studio, request)
        if planned.selection is not None:
            show_selection(planned.selection)
        if not wait:
            (queued,) = submit_deliveries(opened_studio, [planned])
            show_queued(queued, as_json)
            return
        (outcome,) = run_plans(opened_studio, [planned])
    if as_json:
        show_json(outcome.as_json())
    else:
        console = human_console()
        show_delivery(console, [delivered.model_dump(mode="json") for delivered in outcome.delivered])
        for skipped in outcome.skipped:
            console.print(f"[grey62]· skipped: {quoted(skipped['message'])}[/]", soft_wrap=True)
        show_failures(console, [*outcome.waiting, *outcome.failed])
        if outcome.receipt:
            console.print(f"[cyan]receipt[/]  {quoted(outcome.receipt)}", soft_wrap=True)
    raise typer.Exit(outcome.exit_code)


def _show_forecast(folder: Path, request: DeliveryRequest, cut: str | None, as_json: bool) -> None:
    from cwtui.commands._forecast import forecast_json, show_forecast
    from engine.studio import Studio, forecast_cut, forecast_delivery

    opened_studio = Studio(folder)
    try:
        forecast = forecast_cut(opened_studio, request, cut) if cut else forecast_delivery(opened_studio, request)
    finally:
        opened_studio.close()
    if as_json:
        show_json(forecast_json(forecast))
    else:
        show_forecast(human_console(), forecast)


def receipt(
    place: Annotated[str, typer.Argument(help="A recipe of the project, a folder, or a receipt.json.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the receipt as a page to print: receipt.html.")
    ] = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the receipt of deliverables, or write it as a page with pictures, loudness, checks and digests."""
    from cwtui.commands._delivery_result import show_delivery
    from engine.deliver import RECEIPT, read_approvals, read_receipt

    folder, _ = receipt_folder(place, project, studio)
    if output is not None:
        from engine.export import write_receipt_page

        path = write_receipt_page(folder, output, replace=replace)
        if as_json:
            show_json({"path": str(path.absolute())})
        else:
            human_console().print(f"[green]✓[/] {quoted(path)}", soft_wrap=True)
        return
    found, approvals = read_receipt(folder), read_approvals(folder)
    if as_json:
        listed = approvals.model_dump(mode="json")["approvals"]
        show_json({"path": str((folder / RECEIPT).absolute()), **found.model_dump(mode="json"), "approvals": listed})
        return
    console = human_console()
    for one in found.deliveries:
        show_delivery(console, [one.model_dump(mode="json")])
        if approval := approvals.of(one):
            text = f"{approval.by} approved it for the review “{approval.review}” on {approval.at:%d %B %Y}"
            console.print(f"    [green]✓[/] {quoted(text)}", soft_wrap=True)
        elif one.approval:
            console.print(f"    [yellow]![/] needs the review “{quoted(one.approval)}”", soft_wrap=True)


def approve(
    place: Annotated[str, typer.Argument(help="A recipe of the project, a folder, a receipt.json, or a deliverable.")],
    by: Annotated[str, typer.Option("--by", help="The name of the person who reviewed it.")],
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record the review that a recipe asks for, so that its deliverables count as delivered."""
    from engine.deliver import APPROVALS
    from engine.deliver import approve as record

    folder, names = receipt_folder(place, project, studio)
    approved = record(folder, by, names)
    if as_json:
        listed = [{"take": one.take, "review": one.approval, "by": by} for one in approved]
        show_json({"path": str((folder / APPROVALS).absolute()), "approved": listed})
        return
    for one in approved:
        text = f"{quoted(one.take)}: {quoted(by)} approves it for the review “{quoted(one.approval)}”"
        human_console().print(f"[green]✓[/] {text}", soft_wrap=True)


COMMANDS = (deliver, receipt, approve)
