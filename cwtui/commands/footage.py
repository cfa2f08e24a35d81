"""Commands about footage: ingest, takes, probe, confirm, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cwtui.commands._options import (
    ProjectOption,
    SourceArgument,
    StudioOption,
    TransformOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from engine.color_encoding import Encoding


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Footage files and folders.")],
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Use the footage where it is, without a copy.")] = False,
    prepare: Annotated[
        bool,
        typer.Option("--prepare/--no-prepare", help="Create proxies and transcripts in the background afterwards."),
    ] = True,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy footage into a project, verify and seal it, and list it in shooting order."""
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_ingest, show_queued
    from engine.errors import RequestError
    from engine.ingest import MEDIA_KINDS

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
        raise RequestError(_nothing_in(paths, result["skipped"]), f"Supported: {', '.join(sorted(MEDIA_KINDS))}.")
    if as_json:
        show_json(result)
    else:
        show_ingest(human_console(), result)
    if result["failed"]:
        raise typer.Exit(1 if result["takes"] or result["already_here"] else 2)


def _nothing_in(paths: list[Path], skipped: list[str]) -> str:
    where = ", ".join(str(path) for path in paths)
    if not skipped:
        return f"No footage in {where}: the folder is empty."
    names = ", ".join(Path(path).name for path in skipped[:3])
    more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    return f"No footage in {where}: {names}{more} {'is' if len(skipped) == 1 else 'are'} not footage."


def takes(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List a project's takes in shooting order, with your decisions."""
    from cwtui.commands._conditions import condition_json
    from cwtui.commands._studio import open_studio
    from cwtui.commands._tables import show_takes
    from engine.catalog import Review

    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        found = opened_studio.takes(chosen)
        conditions = opened_studio.conditions(found)
        reviews, markers = (
            opened_studio.catalog.reviews.all(chosen.id),
            opened_studio.catalog.reviews.all_markers(chosen.id),
        )
        if not as_json:
            show_takes(human_console(), chosen, found, reviews, conditions)
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
    if as_json:
        show_json({**found.model_dump(mode="json"), "condition": condition_json(condition)})
    else:
        show_probe(human_console(), subject.label, found, condition)


def confirm(
    take: Annotated[str, typer.Argument(help="The take, by number or name.")],
    input_transform: Annotated[Encoding, typer.Option("--input-transform", help="The colour encoding of the footage.")],
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm the input transform of a take. Takes in log need this."""
    from cwtui.commands._studio import open_studio

    with open_studio(studio) as opened_studio:
        settled = opened_studio.confirm(opened_studio.take(take, opened_studio.project(project)), input_transform)
        if as_json:
            show_json(settled.model_dump(mode="json"))
        else:
            human_console().print(f"[green]✓[/] {quoted(settled.label)}: input transform {input_transform}")


def verify(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Verify every original against its seal."""
    from cwtui.commands._studio import open_studio
    from cwtui.commands._tables import show_verified
    from engine.transfer import SealStatus

    with open_studio(studio) as opened_studio:
        verdicts = opened_studio.verify(opened_studio.project(project))
        if as_json:
            show_json(
                {
                    "files": [
                        {"path": str(v.path), "verdict": str(v.verdict), "wanted": v.wanted, "measured": v.measured}
                        for v in verdicts
                    ]
                }
            )
        else:
            show_verified(human_console(), verdicts)
        if any(v.verdict in (SealStatus.CHANGED, SealStatus.MISSING) for v in verdicts):
            raise typer.Exit(1)


COMMANDS = (ingest, takes, probe, confirm, verify)
