"""The command science density: the density of a science picture in false colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cwtui.commands._options import StudioOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json


def density(
    color: Annotated[Path, typer.Argument(metavar="COLOR", help="The NAME.color.exr of a science picture.")],
    palette: Annotated[str, typer.Option("--palette", help="ember, grey, ice or nebula.")] = "nebula",
    curve: Annotated[
        Literal["asinh", "log", "sqrt", "linear"], typer.Option("--curve", help="The curve between its percentiles.")
    ] = "log",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The PNG file; NAME.density.png beside COLOR by default.")
    ] = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the density of a science picture in the colours of a perceptual palette: equal steps look equal."""
    from cwtui.commands._studio import gate_of
    from engine.errors import RequestError
    from engine.export import export_values
    from engine.science import read_record, write_density

    path = output or color.with_name(f"{color.name.removesuffix('.color.exr')}.density.png")
    if path.suffix.lower() != ".png":
        raise RequestError(f"{path} is not the name of a PNG file.", "Choose a name that ends with .png.")
    record = read_record(color)
    edge = max(record.width, record.height)
    permission = gate_of(studio).require("export", **export_values(path.name, None, edge))
    write_density(permission, color, path, palette, curve)
    if as_json:
        show_json({"file": str(path), "palette": palette, "curve": curve})
    else:
        human_console().print(f"[green]✓[/] {quoted(str(path))}", soft_wrap=True)


COMMANDS: tuple[Callable[..., Any], ...] = (density,)
