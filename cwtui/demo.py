"""The demonstration: ingests a sample shoot and delivers every recipe, with progress."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rich.markup import escape

from cwtui.commands._output import human_console, quoted
from cwtui.commands._progress import bare_progress, working_studio
from cwtui.commands._tables import plain_table, show_failures, show_ingest, show_takes
from engine.catalog import Encoding, Project
from engine.deliver import load_recipe, recipe_names
from engine.errors import RequestError
from engine.studio import DeliveryOutcome, DeliveryRequest, Studio, deliver_all
from engine.units import format_bytes

PROJECT = "Harbour walk"

# Only two takes become shorts: the vertical one, and the retake of the line that went wrong. The other platforms of
# vertical films get one of them.
_KEEPERS = {
    "shorts-vertical": ("IMG_0101", "IMG_0103"),
    "instagram-reel": ("IMG_0103",),
    "tiktok": ("IMG_0103",),
}


def run_demo(folder: Path) -> dict[str, Any]:
    """Builds the sample shoot below `folder`, ingests it, confirms its log take and delivers every recipe.

    Returns the JSON result of `cwtui demo`. Raises RequestError if the `fixtures` package's dependencies are missing.
    """
    try:
        from fixtures.shoot import build
    except ModuleNotFoundError as error:
        raise RequestError(
            f"The sample shoot cannot be built: {error.name} is not installed.", "Run `make demo` in a checkout."
        ) from error
    console = human_console()
    began = time.monotonic()
    console.rule("[cyan]1  footage of one morning, as a phone records it[/]", align="left")
    with bare_progress("sample shoot") as context:
        footage = build(folder / "footage", lambda done, total, name: context.progress(done, total, "files", name))
    for path in footage:
        console.print(f"  {escape(path.name)}")
    with working_studio(folder / "studio", create=True) as studio:
        project = _project(studio)
        console.rule("[cyan]2  ingest: copied, verified, sealed, analysed[/]", align="left")
        show_ingest(console, studio.ingest(project, [folder / "footage"], prepare=True))
        for take in studio.takes(project):
            if take.needs_director and take.probe.picture:
                transform = take.probe.picture.suggested_input_transform or Encoding.APPLE_LOG
                studio.confirm(take, transform)
                console.print(f"[yellow]![/] {escape(take.label)}: log needs confirmation; confirmed as {transform}")
        show_takes(console, project, studio.takes(project))
        console.rule("[cyan]3  deliver: every recipe, checked after encoding[/]", align="left")
        names = recipe_names()
        requests = [DeliveryRequest(load_recipe(name), _KEEPERS.get(name, ()), project=PROJECT) for name in names]
        outcomes = dict(zip(names, deliver_all(studio, *requests), strict=True))
        deliverables = studio.folder / project.folder / "deliverables"
    table = plain_table("recipe", "files", "size", "checks", "loudness", right=("files", "size"))
    for name, outcome in outcomes.items():
        table.add_row(name, *_row(outcome))
    console.rule(f"[cyan]done[/]  {escape(str(deliverables))}", align="left")
    console.print(table)
    for outcome in outcomes.values():
        show_failures(console, [*outcome.waiting, *outcome.failed])
    seconds = time.monotonic() - began
    passed = all(outcome.exit_code == 0 for outcome in outcomes.values())
    console.print(f"{'[green]✓[/]' if passed else '[red]✗[/]'} {seconds:.0f} seconds, entirely on this machine")
    console.print(f"  cwtui --studio {quoted(str(folder / 'studio'))} opens it in the console", soft_wrap=True)
    return {
        "passed": passed,
        "studio": str(folder / "studio"),
        "recipes": {name: outcome.as_json() for name, outcome in outcomes.items()},
    }


def _project(studio: Studio) -> Project:
    known = [project for project in studio.catalog.projects() if project.name == PROJECT]
    return known[0] if known else studio.new_project(PROJECT)


def _row(outcome: DeliveryOutcome) -> tuple[str, ...]:
    files = [file for delivered in outcome.delivered for file in delivered.files]
    checks = [check for delivered in outcome.delivered for check in delivered.checks]
    loudness = [check.measured for check in checks if check.name == "loudness" and check.measured is not None]
    spread = f"{min(loudness):.1f} … {max(loudness):.1f} LUFS" if loudness else ""
    passed = sum(check.passed for check in checks)
    mark = "[red]✗[/]" if any(check.failed for check in checks) else "[yellow]![/]"
    size = sum(file.bytes for file in files)
    return (
        str(len(files)),
        format_bytes(size),
        f"{'[green]✓[/]' if passed == len(checks) else mark} {passed} of {len(checks)}",
        spread,
    )
