"""Commands about footage: ingest, places, takes, probe, confirm."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cwtui.commands._options import (
    PrepareOption,
    ProjectOption,
    ReplaceOption,
    SourceArgument,
    StudioOption,
    TakesArgument,
    TransformOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from engine.color_encoding import Encoding

if TYPE_CHECKING:
    from engine.catalog import Take
    from engine.ingest import MediaCount, Place
    from engine.studio import Studio
    from engine.transfer import Subject


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Footage files and folders.")],
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Use the footage where it is, without a copy.")] = False,
    prepare: PrepareOption = True,
    wait: WaitOption = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be added, and what is skipped and why. Writes nothing.")
    ] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy footage into a project, verify and seal it, and list it in shooting order."""
    if dry_run:
        _plan(paths, project, input_transform, in_place, studio_folder(studio), as_json)
        return
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_ingest, show_queued
    from engine.errors import RequestError

    with working_studio(studio_folder(studio)) as opened_studio:
        chosen = opened_studio.project(project)
        if not wait:
            show_queued(
                opened_studio.jobs.submit(
                    [opened_studio.tasks.ingest_request(chosen, paths, input_transform, in_place, prepare)]
                ),
                as_json,
            )
            return
        result = opened_studio.ingest(chosen, paths, input_transform, in_place, prepare)
    if not (result["takes"] or result["already_here"] or result["failed"]):
        raise RequestError(_nothing_in(paths, result["skipped"]), _supported())
    if as_json:
        show_json(result)
    else:
        show_ingest(human_console(), result)
    if result["failed"]:
        raise typer.Exit(1 if result["takes"] or result["already_here"] else 2)


def _plan(
    paths: list[Path],
    project: str | None,
    input_transform: Encoding | None,
    in_place: bool,
    folder: Path,
    as_json: bool,
) -> None:
    from cwtui.commands._plan import show_plan
    from cwtui.commands._progress import bare_progress
    from engine.errors import RequestError
    from engine.studio import plan_ingest

    with bare_progress("dry run") as progress:
        plan = plan_ingest(
            folder,
            project,
            paths,
            input_transform=input_transform,
            in_place=in_place,
            progress=lambda done, total, name: progress.progress(done, total, message=name),
        )
    found = plan.takes or plan.already_here
    if not (found or plan.failed):
        skipped = [str(one.path) for one in plan.skipped]
        raise RequestError(_nothing_in(paths, skipped), _supported())
    if as_json:
        show_json(plan.model_dump(mode="json"))
    else:
        show_plan(human_console(), plan)
    if plan.failed or not plan.fits:
        raise typer.Exit(1 if found else 2)


def places(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List where footage may be: cards, phones and drives, the usual folders, folders of earlier ingests."""
    from cwtui.commands._plan import show_places
    from engine.ingest import count_media, list_places, system_volumes
    from engine.studio import recent_sources

    found: list[tuple[Place, MediaCount | None]] = []
    for place in list_places(system_volumes(), recent_sources(studio_folder(studio))):
        found.append((place, count_media(place.path) if place.card else None))
    if as_json:
        show_json(
            {
                "places": [
                    {
                        "path": str(place.path),
                        "name": place.name,
                        "kind": place.kind,
                        "card": place.card,
                        "files": count.files if count else None,
                        "bytes": count.bytes if count else None,
                    }
                    for place, count in found
                ]
            }
        )
    else:
        show_places(human_console(), found)


def _supported() -> str:
    from engine.ingest import MEDIA_KINDS

    return f"Supported: {', '.join(sorted(MEDIA_KINDS))}; FITS files also as .gz, .bz2 and .Z."


def _nothing_in(paths: list[Path], skipped: list[str]) -> str:
    where = ", ".join(str(path) for path in paths)
    if not skipped:
        return f"No footage in {where}: the folder is empty."
    names = ", ".join(Path(path).name for path in skipped[:3])
    more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    return f"No footage in {where}: {names}{more} {'is' if len(skipped) == 1 else 'are'} not footage."


def takes(
    undecided: Annotated[
        bool, typer.Option("--undecided", help="List only takes without a decision: --filter undecided.")
    ] = False,
    filter_: Annotated[
        Literal["all", "undecided", "kept", "retakes", "starred", "needs-you", "damaged"],
        typer.Option("--filter", help="The takes to list."),
    ] = "all",
    sort: Annotated[
        Literal["shot", "longest", "loudest", "newest"], typer.Option("--sort", help="The order of the list.")
    ] = "shot",
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a project's takes with your decisions, in shooting order or another."""
    from cwtui.commands._conditions import condition_json
    from cwtui.commands._studio import open_studio
    from cwtui.commands._tables import show_takes
    from engine.catalog import Review, matches_filter, sort_takes

    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        found = opened_studio.takes(chosen)
        conditions = opened_studio.conditions(found)
        reviews, markers = (
            opened_studio.catalog.reviews.all(chosen.id),
            opened_studio.catalog.reviews.all_markers(chosen.id),
        )
        every, wanted = len(found), "undecided" if undecided else filter_.replace("-", " ")
        found = [
            take
            for take in found
            if matches_filter(take, reviews.get(take.id) or Review(take_id=take.id), conditions[take.id], wanted)
        ]
        found = sort_takes(found, sort, partial(_loudness_of, opened_studio))
        if not as_json:
            show_takes(human_console(), chosen, found, reviews, conditions, every=every, by_session=sort == "shot")
            return
        listed = []
        for take in found:
            review = reviews.get(take.id) or Review(take_id=take.id)
            listed.append(
                {
                    **take.model_dump(mode="json"),
                    "condition": condition_json(conditions[take.id]),
                    "review": review.model_dump(mode="json", exclude={"take_id"}),
                    "markers": [one.model_dump(mode="json", exclude={"take_id"}) for one in markers.get(take.id, ())],
                }
            )
        show_json({"project": chosen.name, "takes": listed})


def _loudness_of(opened_studio: Studio, take: Take) -> float | None:
    """The integrated loudness in LUFS; None if it is not measured yet."""
    from engine.tasks import levels_path, read_levels

    path = levels_path(opened_studio.paths, take)
    return read_levels(path).loudness.integrated_lufs if path.is_file() else None


def probe(
    file: SourceArgument,
    decode: Annotated[
        bool, typer.Option("--decode", help="Decode the whole file to find damage. A take is checked only once.")
    ] = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a file's picture, sound, capture metadata, timing and condition."""
    from cwtui.commands._conditions import condition_json
    from cwtui.commands._subjects import condition_of, source
    from cwtui.commands._tables import show_probe

    subject = source(file, project, studio)
    found = subject.footage.probe
    if subject.input_transform and found.picture:
        # The confirmed input transform belongs to the take; the probe describes the file.
        answered = found.picture.model_copy(update={"input_transform": subject.input_transform})
        found = found.model_copy(update={"picture": answered})
    condition = condition_of(subject, studio, decode=decode)
    if decode and (note := _voices_note(subject)):
        found = found.model_copy(update={"notes": (*found.notes, note)})
    if as_json:
        show_json({**found.model_dump(mode="json"), "condition": condition_json(condition)})
    else:
        show_probe(human_console(), subject.label, found, condition)


def _voices_note(subject: Subject) -> str | None:
    """The note about a sound track whose channels have one voice each."""
    from engine.sound import audible_track, channel_correction

    track = audible_track(subject.footage.path, subject.footage.probe)
    voices = channel_correction(subject.footage.path, track.index).voices if track else None
    return voices.note if voices else None


def confirm(
    takes: TakesArgument,
    input_transform: Annotated[
        Encoding | None, typer.Option("--input-transform", help="The colour encoding of the footage.")
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option("--preview", help="Confirm nothing: write a frame by each input transform to this PNG file."),
    ] = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm the input transform of takes. Takes in log need this. --preview shows how each would look."""
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError

    if (input_transform is None) == (preview is None):
        raise RequestError(
            "The input transform is missing." if preview is None else "--preview confirms no --input-transform.",
            "Use --input-transform T to confirm it, or --preview FILE.png to see all of them first.",
        )
    with open_studio(studio) as opened_studio:
        found = opened_studio.takes_named(takes, opened_studio.project(project))
        if preview is not None:
            _preview_transforms(opened_studio, found, preview, studio, replace, as_json)
        elif input_transform is not None:
            confirmed = opened_studio.confirm_takes(found, input_transform)
            if as_json:
                listed = [take.model_dump(mode="json") for take in confirmed]
                show_json({**(listed[0] if len(listed) == 1 else {}), "takes": listed})
                return
            name = confirmed[0].label if len(confirmed) == 1 else f"{len(confirmed)} takes"
            human_console().print(f"[green]✓[/] {quoted(name)}: input transform {input_transform}")


def _preview_transforms(
    opened_studio: Studio, takes: list[Take], preview: Path, studio: Path | None, replace: bool, as_json: bool
) -> None:
    from cwtui.commands._output_files import refuse_outputs
    from engine.export import TRANSFORM_SHEET_WIDTH, export_values, make_transform_sheet

    subjects = [opened_studio.subject_of(take) for take in takes]
    refuse_outputs([preview], subjects, studio, replace=replace)
    values = export_values(preview.name, None, TRANSFORM_SHEET_WIDTH)
    made = make_transform_sheet(opened_studio.gate.require("export", **values), subjects, preview, replace=replace)
    if as_json:
        show_json({"path": str(preview), **made})
        return
    human_console().print(
        f"[green]✓[/] {quoted(preview)}  {made['width']}×{made['height']}: {', '.join(made['input_transforms'])}",
        soft_wrap=True,
    )


COMMANDS = (ingest, places, takes, probe, confirm)
