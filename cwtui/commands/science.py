"""Commands for science data: inspect files, combine bands to a picture, make it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands import science_density, science_trailer
from cwtui.commands._options import ProjectOption, StudioOption, WaitOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of
from cwtui.listed_command import new_app

if TYPE_CHECKING:
    from engine.science import Band

science = new_app("science", help="Turn bands of telescopes into scene-linear pictures.")
Files = Annotated[
    list[str], typer.Argument(help="Numbers of takes that are observations; FITS, ASDF, TIFF or OpenEXR files.")
]


@science.command()
def inspect(
    files: Files, project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False
) -> None:
    """List the bands of files: unit, wavelength, size, coverage, scale and place in the sky."""
    _require_libraries()
    from engine.science import read_science

    bands = read_science(_paths_named(files, project, studio)).bands
    if as_json:
        show_json([_facts(band) for band in bands])
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("band", "unit", "µm", "pixels", "covered", "scale", "centre (ICRS)", "north", "target"):
        table.add_column(heading)
    for band in bands:
        facts = _facts(band)
        scale, centre, north = facts["pixel_scale_arcsec"], facts["centre_deg"], facts["north_deg"]
        table.add_row(
            quoted(band.name),
            quoted(band.unit or "–"),
            f"{band.wavelength:g}" if band.wavelength else "–",
            f"{facts['width']} × {facts['height']}",
            f"{facts['covered']:.0%}",
            f"{scale:.4g}″" if scale else "–",
            f"{centre[0]:.5f} {centre[1]:+.5f}" if centre else "–",
            f"{north:.1f}°" if north is not None else "–",
            quoted(band.observation.target or "–"),
        )
    human_console().print(table)
    for band in bands:
        for note in band.notes:
            human_console().print(f"[yellow]![/] {quoted(band.name)}: {quoted(note)}", soft_wrap=True)


@science.command()
def recipes(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the science recipes."""
    from engine.science import OWN_SCIENCE_RECIPES, load_science_recipe, science_recipes

    own = studio_folder(studio) / OWN_SCIENCE_RECIPES
    listed = {name: load_science_recipe(name, own) for name in science_recipes(own)}
    if as_json:
        show_json([{"name": name, "title": one.title, "note": one.note} for name, one in listed.items()])
        return
    for name, one in listed.items():
        human_console().print(f"{quoted(name):24} {quoted(one.title)}", soft_wrap=True)
        if one.note:
            human_console().print(f"{'':24} {quoted(one.note)}", soft_wrap=True)


@science.command()
def composite(
    files: Files,
    recipe: Annotated[str, typer.Option("--recipe", "-r", help="A recipe, or a TOML file.")] = "natural",
    name: Annotated[str | None, typer.Option("--name", help="The name of the picture; the target by default.")] = None,
    project: ProjectOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Combine bands to a scene-linear picture, a density, a still and a table of stars.

    The project's science folder gets them. The files of the bands are only read. cwtui science replay makes the same
    bytes again from one of the OpenEXR files.
    """
    _require_libraries()
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_queued
    from engine.jobs import job_result
    from engine.science import OWN_SCIENCE_RECIPES, load_science_recipe, read_science

    loaded = load_science_recipe(preset_of(recipe, studio, project), studio_folder(studio) / OWN_SCIENCE_RECIPES)
    paths = [path.absolute() for path in _paths_named(files, project, studio)]
    raster = read_science(paths)
    target = next((band.observation.target for band in raster.bands if band.observation.target), "")
    with working_studio(studio_folder(studio)) as opened:
        request = opened.tasks.science_request(
            opened.project(project), paths, loaded, name or target or paths[0].name.split(".")[0]
        )
        jobs = opened.jobs.submit([request])
        if not wait:
            show_queued(jobs, as_json)
            return
        _show_picture(job_result(*opened.jobs.wait(jobs)), opened.folder, as_json)


@science.command()
def replay(
    file: Annotated[Path, typer.Argument(help="An OpenEXR file that cwtui science composite wrote.")],
    sources: Annotated[Path, typer.Option("--sources", help="The folder of the files that it was made from.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for the new files.")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a science picture again from its own record, and compare the bytes. The exit code is 1 if they differ."""
    _require_libraries()
    from cwtui.commands._studio import gate_of
    from engine.errors import RequestError
    from engine.export import export_values
    from engine.science import read_record
    from engine.science import replay as make_again

    if output.absolute() == file.absolute().parent:
        raise RequestError("The new files would replace the old ones.", "Choose another folder with --output.")
    record = read_record(file)
    edge = max(record.width, record.height)
    permission = gate_of(studio).require("export", **export_values(file.name, None, edge))
    product = make_again(permission, file, sources, output)
    before = [file.parent / path.name for path in product.files]
    same = {
        path.name: path.is_file() and path.read_bytes() == new.read_bytes()
        for path, new in zip(before, product.files, strict=True)
    }
    if as_json:
        show_json({"files": [str(path) for path in product.files], "same_bytes": same})
    else:
        for name, equal in same.items():
            mark, what = (
                ("[green]✓[/]", "the same bytes") if equal else ("[red]✗[/]", "differs, or is missing beside it")
            )
            human_console().print(f"{mark} {quoted(name)}: {what}", soft_wrap=True)
    if not all(same.values()):
        raise typer.Exit(1)


@science.command()
def observations(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List a project's observations by target: band, size in the sky, footprint and coverage."""
    from itertools import groupby

    from cwtui.commands._studio import open_studio
    from cwtui.observation_text import band_line, footprint_line

    with open_studio(studio) as opened:
        takes = opened.takes(opened.project(project))
    found = [(take, take.probe.observation) for take in takes if take.probe.observation is not None]
    found.sort(key=lambda one: (one[1].target.casefold(), one[1].bands[0].wavelength_um or 0.0, one[0].number))
    if as_json:
        show_json(
            {"observations": [{"number": take.number, "name": take.name, **seen.model_dump()} for take, seen in found]}
        )
        return
    console = human_console()
    for target, members in groupby(found, key=lambda one: one[1].target):
        console.print(f"[bold]{quoted(target or 'no target')}[/]")
        for take, seen in members:
            for band in seen.bands:
                words = " · ".join(part for part in (band_line(band), footprint_line(band)) if part)
                console.print(f"  {take.number:03d}  {quoted(band.name)}  {quoted(words)}", soft_wrap=True)
    if not found:
        console.print("There are no observations. cwtui ingest adds FITS and ASDF files.")


def _paths_named(references: list[str], project: str | None, studio: Path | None) -> list[Path]:
    """The files of takes and paths. Raises RequestError for a take that is no observation."""
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError
    from engine.studio import is_file_reference

    if project is None and all(is_file_reference(reference) for reference in references):
        return [Path(reference) for reference in references]
    paths = []
    with open_studio(studio) as opened:
        for reference in references:
            if project is None and is_file_reference(reference):
                paths.append(Path(reference))
                continue
            for take in opened.takes_named([reference], opened.project(project)):
                if take.probe.observation is None:
                    raise RequestError(
                        f"{take.label} is a recording, not an observation.",
                        "cwtui science observations lists the observations.",
                    )
                paths.append(opened.folder / take.path)
    return paths


def _require_libraries() -> None:
    """Raises EngineError if the libraries for science data are not installed."""
    from importlib.util import find_spec

    from engine.errors import EngineError

    if find_spec("astropy") is None or find_spec("asdf") is None:
        raise EngineError(
            "The libraries for science data are not installed.",
            "Install cleanwater[science], or add astropy, asdf, asdf-astropy and gwcs to its environment.",
        )


def _facts(band: Band) -> dict[str, Any]:
    covered = float(band.covered().mean())
    grid, seen = band.grid, band.observation
    return {
        "band": band.name,
        "unit": band.unit,
        "wavelength_um": band.wavelength,
        "width": band.shape[1],
        "height": band.shape[0],
        "covered": covered,
        "flux": band.flux_rule,
        "error": band.error is not None,
        "weight": band.weight is not None,
        "pixel_scale_arcsec": grid.pixel_scale if grid else None,
        "centre_deg": grid.centre if grid else None,
        "north_deg": grid.north_angle if grid else None,
        "target": seen.target,
        "telescope": seen.telescope,
        "instrument": seen.instrument,
        "observation": seen.id,
        "date": seen.date,
        "notes": list(band.notes),
    }


def _show_picture(result: dict[str, Any], folder: Path, as_json: bool) -> None:
    if as_json:
        show_json({**result, "files": [str(folder / path) for path in result["files"]]})
        return
    console, record = human_console(), result["record"]
    for band in record["bands"]:
        shift = band["shift_px"]
        moved = f", moved by {shift[0]:+.2f}, {shift[1]:+.2f} px" if shift else ""
        console.print(
            f"  {quoted(band['name'])}: {band['black']:.5g} to {band['white']:.5g} {quoted(band['unit'])}, "
            f"{band['coverage']:.0%} covered{moved}",
            soft_wrap=True,
        )
    console.print(f"[green]✓[/] {record['width']} × {record['height']}, {record['stars']} stars")
    for path in result["files"]:
        console.print(f"  {quoted(str(folder / path))}", soft_wrap=True)


for _verb in (*science_density.COMMANDS, *science_trailer.COMMANDS):
    science.command()(_verb)
