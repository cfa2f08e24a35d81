"""Prints the GPU plans of a frame: passes, fusions, sizes, bytes and times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwtui.commands._options import studio_folder
from cwtui.commands._output import human_console, quoted, show_json
from cwtui.commands._packages import preset_of
from cwtui.commands._studio import open_studio
from cwtui.commands._tables import plain_table
from cwtui.formatting import plural
from engine.errors import RequestError
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.render import MeasuredPlan
    from engine.studio import Studio

_CLOCKS = {
    "timestamps": "times on the GPU",
    "processor": "processor times, each with its own submission",
}


def show_plans(
    reference: str, project: str | None, recipe: str, look: str | None, at: str, studio: Path | None, as_json: bool
) -> None:
    """Print the plans of the frame at a time of a take, or of a cut of the project, delivered by a recipe.

    `look` replaces that of the recipe; clips of a cut keep their own.
    """
    from contextlib import closing

    from engine.deliver import OWN_RECIPES, load_recipe
    from engine.studio import DeliveryRequest, FrameViewer, parse_seconds

    wanted = load_recipe(preset_of(recipe, studio, project), studio_folder(studio) / OWN_RECIPES)
    wanted = wanted.with_look(preset_of(look, studio, project)) if look else wanted
    request = DeliveryRequest(wanted, project=project, recipe_name=recipe)
    moment = parse_seconds(at)
    with closing(open_studio(studio)) as opened, closing(FrameViewer(opened)) as viewer:
        home = opened.project(project)
        if (cut := _cut_named(opened, reference, project)) is not None:
            plans = viewer.cut_plans(request, home, cut, moment)
            confidence = viewer.cut_confidence(request, home, cut, moment)
        else:
            take = opened.subject(reference, project).take
            if take is None:
                raise RequestError(f"{reference} is a file, not a take or a cut.", "Add it with cwtui ingest first.")
            plans = viewer.take_plans(request, take, moment)
            confidence = viewer.take_confidence(request, take, moment)
    if as_json:
        show_json({**plans_json(plans), "confidence": confidence})
    else:
        _print(reference, recipe, plans)
        if confidence:
            found = " · ".join(f"{name} {100 * share:.0f} %" for name, share in confidence.items())
            human_console().print(f"confidence of the sources, which scales the effects: {quoted(found)}")


def plans_json(plans: Sequence[MeasuredPlan]) -> dict[str, Any]:
    """The plans as JSON, with seconds and bytes."""
    groups = [group for plan in plans for group in plan.explanation.groups]
    return {
        "plans": [
            {
                "clock": plan.clock,
                "attachment_bytes": plan.explanation.attachment_bytes,
                "peak_bytes": plan.explanation.peak_bytes,
                "history_bytes": plan.explanation.history_bytes,
                "groups": [
                    {
                        "passes": list(group.passes),
                        "work": group.work,
                        "reads": list(group.reads),
                        "makes": [
                            {
                                "name": made.name,
                                "width": made.width,
                                "height": made.height,
                                "format": made.format,
                                "bytes": made.size,
                                "transient": made.transient,
                            }
                            for made in group.makes
                        ],
                        "uniform_bytes": group.uniforms,
                        "table_bytes": group.tables,
                        "workgroup": list(group.workgroup) if group.workgroup else None,
                        "seconds": seconds,
                    }
                    for group, seconds in zip(plan.explanation.groups, plan.seconds, strict=True)
                ],
            }
            for plan in plans
        ],
        "groups": len(groups),
        "attachment_bytes": sum(group.attachment_bytes for group in groups),
        "seconds": sum(sum(plan.seconds) for plan in plans),
    }


def _cut_named(studio: Studio, reference: str, project: str | None) -> str | None:
    """The cut of this name; a take of the same name comes first."""
    from engine.studio import ProjectCuts, is_file_reference

    if is_file_reference(reference) or reference not in ProjectCuts(studio, studio.project(project)).names():
        return None
    try:
        studio.subject(reference, project)
    except RequestError:
        return reference
    return None


def _print(reference: str, recipe: str, plans: Sequence[MeasuredPlan]) -> None:
    console = human_console()
    if not plans:
        console.print(f"{quoted(reference)} by {quoted(recipe)}: this frame keeps its recorded codes, without the GPU.")
        return
    table = plain_table("group", "as", "makes", "format", "bytes", "ms", right=("bytes", "ms"))
    for number, plan in enumerate(plans):
        if number:
            table.add_section()
        for group, seconds in zip(plan.explanation.groups, plan.seconds, strict=True):
            sizes = [f"{made.width}×{made.height}" if made.width else "buffer" for made in group.makes]
            forms = [made.format + (" transient" if made.transient else "") for made in group.makes]
            work = group.work if group.workgroup is None else f"{group.work} {'×'.join(map(str, group.workgroup))}"
            cells = [" + ".join(group.passes), work, "\n".join(sizes), "\n".join(forms)]
            table.add_row(*map(quoted, cells), format_bytes(group.attachment_bytes), f"{seconds * 1e3:.2f}")
    console.print(table)
    explained = [plan.explanation for plan in plans]
    total = plans_json(plans)
    console.print(
        f"{plural(total['groups'], 'group')} · {format_bytes(total['attachment_bytes'])} written per frame, at most "
        f"{format_bytes(max(one.peak_bytes for one in explained))} at a time in a plan · "
        f"{total['seconds'] * 1e3:.2f} ms ({_CLOCKS[plans[0].clock]})",
        soft_wrap=True,
    )
    if history := sum(one.history_bytes for one in explained):
        console.print(f"{format_bytes(history)} of earlier frames are kept.")
