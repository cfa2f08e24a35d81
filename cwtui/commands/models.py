"""Commands for models: list, fetch, add, remove, verify. Only `fetch` uses the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._confirm import YesOption, confirm, require_answer
from cwtui.commands._output import JsonOption, error_console, human_console, quoted, show_json
from cwtui.listed_command import new_app
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.models import Model, Offer

NameOption = Annotated[str | None, typer.Option("--id", help="The model's id in the models folder.")]

models = new_app("models", help="Manage models of speech, speakers, people and depth.", invoke_without_command=True)
_MARKS = {
    "installed": "[green]✓[/]",
    "packaged": "[green]✓[/]",
    "not here": "[grey62]·[/]",
    "broken": "[red]✗[/]",
}


@models.callback()
def _default(context: typer.Context, as_json: JsonOption = False) -> None:
    """Manage models of speech, speakers, people and depth."""
    if context.invoked_subcommand is None:
        _list(as_json)


@models.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List all known models: task, licence, size, and whether they are installed."""
    _list(as_json)


@models.command()
def fetch(
    model: Annotated[
        str, typer.Argument(help="The model's id, or the URL of a model folder (…/) or a registry entry (….toml).")
    ],
    name: NameOption = None,
    yes: YesOption = False,
    trust_first: Annotated[
        bool,
        typer.Option(
            "--trust-first", help="Accept a model without known checksums, and store those of the downloaded files."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Download a model, after confirmation. An interrupted download resumes."""
    from cwtui.commands._progress import bare_progress
    from cwtui.commands._studio import gate_of
    from engine.errors import Cancelled
    from engine.models import entry_of, make_offer, require_trust
    from engine.models import fetch as load

    # Fails before any network request if the user cannot be asked.
    require_answer(f"Fetching {model}", yes)
    gate = gate_of(None)
    entry = entry_of(gate, model, name)
    require_trust(entry, trust_first)
    offer = make_offer(gate, entry, trust_first=trust_first)
    _print_offer(offer)
    confirm("Download it?", yes, "Nothing was downloaded.")
    try:
        with bare_progress(f"fetch {entry.id}") as context:
            came = load(gate, offer, lambda done, total: context.progress(done, total, "bytes"))
    except KeyboardInterrupt as stop:
        raise Cancelled("Stopped; nothing was installed.", "Run this command again to resume the download.") from stop
    if as_json:
        show_json({**_model_json(came), "hosts": offer.hosts, "pinned": offer.unpinned})
        return
    human_console().print(f"[green]✓[/] Installed {quoted(came.id)}: {quoted(came.path)}", soft_wrap=True)
    if offer.unpinned:
        human_console().print(f"  pinned: {quoted(', '.join(offer.unpinned))}; other contents will be refused")


@models.command()
def add(
    path: Annotated[
        Path,
        typer.Argument(help="A model's folder, a net's .onnx or .tflite, or its .mlpackage."),
    ],
    name: NameOption = None,
    contract: Annotated[
        Path | None,
        typer.Option(
            "--contract", help="A TOML file: what a net takes and returns. A net with a known --id needs none."
        ),
    ] = None,
    trust_first: Annotated[
        bool,
        typer.Option("--trust-first", help="Accept the file of a known net that has no known checksum, and store it."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a model into the models folder. The original is not changed. A net is first run against its contract.

    A .mlpackage, .mlmodelc or .mlmodel is a copy for Macs of the depth net --id, whose contract it must meet.
    """
    from cwtui.commands._progress import bare_progress
    from engine.errors import RequestError
    from engine.models import add as take
    from engine.models import add_core_ml, add_net, is_core_ml

    core_ml = is_core_ml(path)
    with bare_progress(f"add {path.name}") as context:
        if core_ml and contract:
            raise RequestError(f"{path.name} has the contract of the net --id.", "Leave out --contract.")
        if core_ml:
            added = add_core_ml(path, name)
        elif path.expanduser().is_file():
            added = add_net(path, contract, name, trust_first=trust_first)
        elif contract:
            raise RequestError(f"{path} is not the file of a net.", "Give a .onnx or .tflite file with --contract.")
        else:
            added = take(path, name, lambda done, total: context.progress(done, total, "bytes"))
    if as_json:
        show_json(_model_json(added))
    else:
        human_console().print(f"[green]✓[/] Installed {quoted(added.id)}: {quoted(added.path)}", soft_wrap=True)
        if core_ml:
            human_console().print("  its inputs and outputs fit the contract; a Mac runs it when it is first used")


@models.command()
def remove(
    model: Annotated[str, typer.Argument(help="The model's id.")], yes: YesOption = False, as_json: JsonOption = False
) -> None:
    """Remove a model from the models folder, after confirmation."""
    from engine.models import remove as take_away
    from engine.models import require_removable

    require_removable(model)
    require_answer(f"Removing {model}", yes)
    confirm(f"Remove {model}?", yes, "Nothing was removed.")
    take_away(model)
    if as_json:
        show_json({"removed": model})
    else:
        human_console().print(f"[green]✓[/] Removed {quoted(model)}")


@models.command()
def verify(
    model: Annotated[str | None, typer.Argument(help="The model's id (default: all installed models).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify the files of installed models against their checksums."""
    from cwtui.commands._progress import bare_progress
    from engine.models import verify as check

    with bare_progress("verify") as context:
        checked = check(model, lambda done, total: context.progress(done, total, "bytes"))
    if as_json:
        show_json({"models": [one.model_dump(mode="json") for one in checked]})
    for one in () if as_json else checked:
        mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]![/]"}[one.ok]
        human_console().print(f"{mark} {quoted(one.id)}: {quoted(one.found)}", soft_wrap=True)
    if not checked and not as_json:
        human_console().print("no models installed")
    if any(one.ok is False for one in checked):
        raise typer.Exit(1)


def _list(as_json: bool) -> None:
    from engine.models import models as known
    from engine.models import models_folder

    listed = known()
    if as_json:
        show_json({"folder": str(models_folder()), "models": [_model_json(one) for one in listed]})
        return
    from cwtui.commands._tables import plain_table

    table = plain_table("", "model", "task", "licence", "size", "", right=("size",))
    for column in table.columns[:5]:
        column.no_wrap = True
    for one in listed:
        state = quoted(one.flaw) if one.state == "broken" else one.state
        unpinned = ", no checksum" if one.state == "not here" and one.digests == "unknown" else ""
        table.add_row(
            _MARKS[one.state],
            quoted(one.id),
            one.task or "",
            quoted(one.licence),
            "unknown" if one.size is None else format_bytes(one.size),
            f"{state}{unpinned}",
        )
    console = human_console()
    console.print(table)
    console.print(f"[grey62]{quoted(models_folder())}[/]", soft_wrap=True)


def _model_json(model: Model) -> dict[str, Any]:
    return model.model_dump(mode="json")


def _print_offer(offer: Offer) -> None:
    entry, console = offer.entry, error_console()
    much = "size unknown" if offer.size is None else format_bytes(offer.size)
    rest = ""
    if offer.left is not None and offer.left != offer.size:
        rest = f", {format_bytes(offer.left)} left to download"
    lines = [
        f"[cyan]{quoted(entry.id)}[/]  {quoted(entry.title)}: {len(offer.files)} files, {much}{rest}",
        f"  from     {quoted(', '.join(offer.hosts))}",
        f"  licence  {quoted(entry.licence)}  [grey62]{quoted(entry.page)}[/]",
    ]
    lines += [f"  [yellow]![/] needs {quoted(lack)}" for lack in entry.needs.lacking()]
    if offer.unpinned:
        lines.append(f"  [yellow]![/] no known checksum of {quoted(', '.join(offer.unpinned))}")
    console.print(*lines, sep="\n", soft_wrap=True)
