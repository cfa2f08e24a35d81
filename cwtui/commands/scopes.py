"""The command for scopes: waveform, parade, vectorscope and histogram of a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cwtui.commands._options import ProjectOption, ReplaceOption, SourceArgument, StudioOption, TransformOption
from cwtui.commands._options import studio_folder as _studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of

_SIZE = (960, 540)


def scopes(
    src: SourceArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The picture to write: .png.")] = None,
    at: Annotated[str, typer.Option("--at", help="The time: 1.5, or 0:01.5.")] = "0",
    scope: Annotated[
        Literal["all", "waveform", "parade", "vectorscope", "histogram"],
        typer.Option("--scope", help="The scope in the picture."),
    ] = "all",
    view: Annotated[
        Literal["sdr", "hlg", "pq"], typer.Option("--view", help="The display: SDR at 100 nits, HLG at 1000, or PQ.")
    ] = "sdr",
    look: Annotated[str | None, typer.Option("--look", help="A look: see cwtui look.")] = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the frame at a time: its levels, its colours and its light in nits, as numbers and as a picture."""
    from dataclasses import asdict

    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._studio import gate_of
    from cwtui.commands._subjects import look_sources, source
    from engine.errors import RequestError
    from engine.export import export_values, measured_frame
    from engine.looks import OWN_LOOKS, load_look
    from engine.picture import SCOPES, draw_scope, scope_numbers, write_png
    from engine.studio import parse_seconds

    subject = source(src, project, studio)
    if output is not None:
        if output.suffix.lower() != ".png":
            raise RequestError(f"{output.name} is not a .png file.", "Use a name such as scopes.png.")
        refuse_outputs([output], [subject], studio, replace=replace)
        gate_of(studio).require("export", **export_values(output.name, subject.footage.probe.picture)).check("export")
    found = load_look(preset_of(look, studio, project), _studio_folder(studio) / OWN_LOOKS) if look else None
    transform = input_transform or subject.input_transform
    with look_sources(subject, found, studio) as sources:
        codes, tick = measured_frame(subject.footage, parse_seconds(at), transform, found, view, sources)
    numbers = scope_numbers(codes, view)
    if output is not None:
        names = SCOPES if scope == "all" else (scope,)
        write_png(output, _sheet([draw_scope(codes, one, _SIZE, view) for one in names]), replace=replace)
    if as_json:
        value: dict[str, Any] = {"path": str(output) if output else None, "tick": tick, "view": view, "look": look}
        show_json({**value, **asdict(numbers)})
        return
    console = human_console()
    if output is not None:
        console.print(f"[green]✓[/] {quoted(output)}", soft_wrap=True)
    console.print(
        f"luma {numbers.low:.1f}–{numbers.high:.1f} %, mean {numbers.mean:.1f} %; light {numbers.mean_nits:.1f} nits, "
        f"highest {numbers.highest_nits:.0f} nits; at black {100 * numbers.black:.2f} %, "
        f"at white {100 * numbers.white:.2f} % of the pixels",
        soft_wrap=True,
    )


def _sheet(pictures: list[Any]) -> Any:
    """Two pictures in a row, with a gap between them."""
    import numpy as np

    if len(pictures) == 1:
        return pictures[0]
    padded = [np.pad(one, ((8, 8), (8, 8), (0, 0))) for one in pictures]
    rows = [np.concatenate(padded[n : n + 2], axis=1) for n in range(0, len(padded), 2)]
    return np.concatenate(rows)


COMMANDS = (scopes,)
