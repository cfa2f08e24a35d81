"""The command perceive: people, motion, depth and faces of a take, as stored products, pictures and a report."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._options import (
    FromOption,
    ProjectOption,
    ReplaceOption,
    SourceArgument,
    StudioOption,
    ToOption,
    TransformOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.perception import PerceptionIndex, PerceptionReader, ProductKind
    from engine.studio import Studio
    from engine.transfer import Subject

_TITLES = {"person_mask": "people", "optical_flow": "motion", "depth_map": "depth", "face": "faces"}


def perceive(
    src: SourceArgument,
    mask: Annotated[bool, typer.Option("--mask", help="Find people: a mask for each frame.")] = False,
    flow: Annotated[bool, typer.Option("--flow", help="Find motion: the optical flow to the next frame.")] = False,
    depth: Annotated[bool, typer.Option("--depth", help="Find depth.")] = False,
    face: Annotated[bool, typer.Option("--face", help="Find faces and their landmarks.")] = False,
    start: FromOption = None,
    end: ToOption = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="A model for masks or depth, by its id. Repeatable.")
    ] = None,
    quality: Annotated[
        Literal["fast", "medium", "fine"], typer.Option("--quality", help="The quality of the optical flow.")
    ] = "medium",
    foreground: Annotated[
        bool, typer.Option("--foreground", help="With --mask: also the colour of people, without the background.")
    ] = False,
    size: Annotated[int, typer.Option("--size", min=16, help="Short edge of the analysed frames, in pixels.")] = 270,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", help="Write the frame at --at with a product drawn over it: a .png.")
    ] = None,
    at: Annotated[str, typer.Option("--at", help="With --overlay: the time, 1.5 or 0:01.5.")] = "0",
    show: Annotated[
        Literal["mask", "flow", "depth", "faces"] | None,
        typer.Option(
            "--show", help="With --overlay: the product (default: one that is found now, or the first stored)."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write confidence, models and the worst frames: an .html page.")
    ] = None,
    export_exr: Annotated[
        Path | None, typer.Option("--export-exr", help="Write masks, flow and depth as OpenEXR files to this folder.")
    ] = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find people, motion, depth and faces in a take, for looks, crops and the choice of takes.

    Without a product and without an output, it shows what is stored. A product is made once: the same command again
    finds it. An interrupted analysis continues.
    """
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_queued
    from engine.errors import RequestError
    from engine.jobs import job_result
    from engine.studio import is_file_reference, parse_seconds

    kinds = _kinds(mask=mask, flow=flow, depth=depth, face=face)
    outputs = overlay or report or export_exr
    if not kinds and (model or ((start or end) and not export_exr)):
        raise RequestError("No product is named.", "Add --mask, --flow, --depth or --face.")
    if foreground and not mask:
        raise RequestError("--foreground is for --mask, which is missing.", "Add --mask.")
    models = _models(model or [], mask=mask, depth=depth)
    if outputs and not wait:
        raise RequestError("An output needs the finished products.", "Leave out --detach.")
    with working_studio(studio_folder(studio), create=project is None and is_file_reference(src)) as opened:
        subject = opened.subject(src, project)
        refuse_outputs([overlay, report], [subject], studio, replace=replace)
        notes: list[str] = []
        if kinds:
            request = opened.tasks.perceive_request(
                subject,
                kinds,
                start=parse_seconds(start) if start else None,
                end=parse_seconds(end) if end else None,
                mask_model=models.get("mask"),
                depth_model=models.get("depth"),
                quality=quality,
                foreground=foreground,
                short_edge=size,
                input_transform=input_transform,
            )
            jobs = opened.jobs.submit([request])
            if not wait:
                show_queued(jobs, as_json)
                return
            notes = job_result(*opened.jobs.wait(jobs)).get("notes", [])
        with _stored(opened, subject, src) as reader:
            written: dict[str, Any] = {"notes": notes} if notes else {}
            if overlay:
                chosen = show or _overlay_of((kinds or reader.kinds)[0])
                written["overlay"] = _write_overlay(
                    opened, subject, reader, overlay, chosen, at, input_transform, replace
                )
            if report:
                from engine.export import write_perception_page

                transform = input_transform or subject.input_transform
                write_perception_page(reader, subject.footage, report, transform, replace=replace)
                written["report"] = str(report)
            if export_exr:
                written["exr"] = _export(opened, subject, reader, export_exr, start, end, replace)
            _show(subject, reader, written, as_json)


def _kinds(*, mask: bool, flow: bool, depth: bool, face: bool) -> list[ProductKind]:
    chosen: list[tuple[bool, ProductKind]] = [
        (mask, "person_mask"), (flow, "optical_flow"), (depth, "depth_map"), (face, "face"),
    ]  # fmt: skip
    return [kind for wanted, kind in chosen if wanted]


def _models(names: list[str], *, mask: bool, depth: bool) -> dict[str, str]:
    """The models by their tasks. Raises RequestError for an unknown model, one of no use, or two of one task."""
    from engine.errors import RequestError
    from engine.models import find

    wanted = {"mask": mask, "depth": depth}
    found: dict[str, str] = {}
    for name in names:
        task = find(name).task
        if task not in ("mask", "depth"):
            raise RequestError(
                f"{name} is a model for {task}, not for masks or depth.", "cwtui models lists all models."
            )
        if task in found:
            raise RequestError(f"Two models for {task} are named.", "Name one.")
        if not wanted[task]:
            raise RequestError(f"The model {name} is for --{task}, which is missing.", f"Add --{task}.")
        found[task] = name
    return found


def _stored(opened: Studio, subject: Subject, src: str) -> PerceptionReader:
    from engine.errors import RequestError
    from engine.perception import open_perception
    from engine.tasks import perception_folder, require_perceivable

    require_perceivable(subject)
    take = subject.take.id if subject.take else None
    reader = open_perception(perception_folder(opened.paths, take, subject.digest()))
    if reader is None:
        raise RequestError(
            f"{subject.label} was not analysed.",
            f"Name what to find, for example: cwtui perceive {shlex.quote(src)} --mask --flow",
        )
    return reader


def _overlay_of(kind: ProductKind) -> Literal["mask", "flow", "depth", "faces"]:
    overlays: dict[ProductKind, Literal["mask", "flow", "depth", "faces"]] = {
        "person_mask": "mask", "optical_flow": "flow", "depth_map": "depth", "face": "faces",
    }  # fmt: skip
    return overlays[kind]


def _write_overlay(
    opened: Studio,
    subject: Subject,
    reader: PerceptionReader,
    out: Path,
    show: Literal["mask", "flow", "depth", "faces"],
    at: str,
    transform: Any,
    replace: bool,
) -> dict[str, Any]:
    from engine.export import export_values, write_overlay
    from engine.studio import parse_seconds

    permission = opened.gate.require("export", **export_values(out.name, subject.footage.probe.picture))
    transform = transform or subject.input_transform
    tick = write_overlay(permission, subject.footage, reader, show, parse_seconds(at), out, transform, replace=replace)
    return {"path": str(out), "show": show, "tick": tick}


def _export(
    opened: Studio,
    subject: Subject,
    reader: PerceptionReader,
    folder: Path,
    start: str | None,
    end: str | None,
    replace: bool,
) -> dict[str, Any]:
    from cwtui.commands._progress import bare_progress
    from engine.export import export_values, write_product_frames
    from engine.studio import parse_seconds

    grid = subject.footage.grid
    assert grid
    ticks = None
    if start or end:
        first = grid.tick_at(parse_seconds(start)) if start else 0
        ticks = range(first, round(parse_seconds(end) * grid.rate) if end else len(grid.sources))
    permission = opened.gate.require("export", **export_values("frame.exr", subject.footage.probe.picture))
    with bare_progress(f"write {subject.label}") as bar:
        files = write_product_frames(
            permission, reader, subject.label, folder, ticks, replace=replace, progress=bar.progress
        )
    return {"folder": str(folder), "files": len(files), "first": files[0].name, "last": files[-1].name}


def _show(subject: Subject, reader: PerceptionReader, written: dict[str, Any], as_json: bool) -> None:
    stored = [reader.index(kind) for kind in reader.kinds]
    if as_json:
        products = [_product_json(index, kind) for index, kind in zip(stored, reader.kinds, strict=True)]
        show_json({"take": subject.label, "products": products, **written})
        return
    console = human_console()
    for index, kind in zip(stored, reader.kinds, strict=True):
        console.print(_line(index, kind), soft_wrap=True)
    for note in written.get("notes", []):
        console.print(f"[yellow]![/] {quoted(note)}", soft_wrap=True)
    if overlay := written.get("overlay"):
        console.print(f"[green]✓[/] {quoted(overlay['path'])}  {overlay['show']}, frame {overlay['tick']}")
    if report := written.get("report"):
        console.print(f"[green]✓[/] {quoted(report)}", soft_wrap=True)
    if exr := written.get("exr"):
        console.print(
            f"[green]✓[/] {quoted(exr['folder'])}  {exr['files']} files, {exr['first']} to {exr['last']}",
            soft_wrap=True,
        )


def _product_json(index: PerceptionIndex, kind: ProductKind) -> dict[str, Any]:
    record = index.product(kind)
    assert record
    fields = index.model_dump(mode="json", include={"rate", "first", "frames", "width", "height"})
    return {**record.model_dump(mode="json"), **fields}


def _line(index: PerceptionIndex, kind: ProductKind) -> str:
    from cwtui.formatting import plural
    from engine.time import format_short_time

    record = index.product(kind)
    assert record
    summary = record.summary
    assert summary
    begin, end = index.first / index.rate, index.ticks.stop / index.rate
    mark = "[yellow]![/]" if summary.unstable else "[green]✓[/]"
    made = record.identity
    unstable = f", {summary.unstable} not stable" if summary.unstable else ""
    return (
        f"{mark} {_TITLES[kind]:<7} {format_short_time(begin, 1)}–{format_short_time(end, 1)}, "
        f"{plural(summary.frames, 'frame')}{unstable}; confidence {summary.mean_confidence:.2f} "
        f"[grey62]{quoted(made.model or made.name)}, {index.width}×{index.height}[/]"
    )


COMMANDS = (perceive,)
