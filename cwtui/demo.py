"""The demonstration: ingests a sample shoot, cuts it, and delivers every recipe and the cut, with progress."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich.markup import escape

from cwtui.commands._output import human_console, quoted
from cwtui.commands._progress import bare_progress, working_studio
from cwtui.commands._tables import plain_table, show_failures, show_ingest, show_takes
from cwtui.commands.cut_words import add_automatic
from engine.catalog import Encoding, Project
from engine.deliver import load_recipe, recipe_names
from engine.errors import RequestError
from engine.studio import (
    DeliveryOutcome,
    DeliveryRequest,
    ProjectCuts,
    ProjectWords,
    Studio,
    plan_cut_delivery,
    plan_delivery,
    run_plans,
)
from engine.units import format_bytes

PROJECT = "Harbour walk"
CUT = "film"
_CUT_RECIPE = "review-proxy"
# The automatic cut needs these jobs of each take.
_READ_BY_CUT = ("levels", "transcript")

# These recipes get only the takes that show what they are for: shorts the vertical take and the retake of the line that
# went wrong, the other vertical films that one, which is wide and has a face to follow, HDR10 and ProRes a bright HLG
# take and the log take.
_KEEPERS = {
    "master-prores": ("IMG_0103", "IMG_0104"),
    "youtube-hdr10": ("IMG_0103", "IMG_0104"),
    "web-av1": ("IMG_0103", "IMG_0105"),
    "shorts-vertical": ("IMG_0101", "IMG_0103"),
    "shorts-words": ("IMG_0103",),
    "shorts-follow": ("IMG_0103",),
    "instagram-reel": ("IMG_0103",),
    "tiktok": ("IMG_0103",),
    "exr-sequence": ("IMG_0103",),
}
# Frames take much space: half a second of a take shows what they are.
_STRETCHES = {"exr-sequence": (Fraction(2), Fraction(5, 2))}


def run_demo(folder: Path) -> dict[str, Any]:
    """Builds the sample shoot below `folder`, ingests it, confirms its log take, cuts it and delivers every recipe.

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
        console.rule("[cyan]3  cut: the best reading of each line[/]", align="left")
        _cut(studio, project)
        console.rule("[cyan]4  deliver: every recipe and the cut, checked after encoding[/]", align="left")
        names = recipe_names()
        requests = [_request(name) for name in names]
        plans = [plan_delivery(studio, request) for request in requests]
        plans.append(plan_cut_delivery(studio, DeliveryRequest(load_recipe(_CUT_RECIPE), project=PROJECT), CUT))
        *made, film = run_plans(studio, plans)
        outcomes = dict(zip(names, made, strict=True))
        deliverables = studio.folder / project.folder / "deliverables"
    table = plain_table("recipe", "files", "size", "checks", "loudness", right=("files", "size"))
    for name, outcome in outcomes.items():
        table.add_row(name, *_row(outcome))
    table.add_row(f"{_CUT_RECIPE}, the cut", *_row(film))
    console.rule(f"[cyan]done[/]  {escape(str(deliverables))}", align="left")
    console.print(table)
    for outcome in (*made, film):
        show_failures(console, [*outcome.waiting, *outcome.failed])
    seconds = time.monotonic() - began
    passed = all(outcome.exit_code == 0 for outcome in (*made, film))
    console.print(f"{'[green]✓[/]' if passed else '[red]✗[/]'} {seconds:.0f} seconds, entirely on this machine")
    console.print(f"  cwtui --studio {quoted(str(folder / 'studio'))} opens it in the console", soft_wrap=True)
    return {
        "passed": passed,
        "studio": str(folder / "studio"),
        "recipes": {name: outcome.as_json() for name, outcome in outcomes.items()},
        "cut": {"name": CUT, **film.as_json()},
    }


def _request(recipe: str) -> DeliveryRequest:
    start, end = _STRETCHES.get(recipe, (None, None))
    return DeliveryRequest(load_recipe(recipe), _KEEPERS.get(recipe, ()), PROJECT, start, end)


def _project(studio: Studio) -> Project:
    known = [project for project in studio.catalog.projects() if project.name == PROJECT]
    return known[0] if known else studio.new_project(PROJECT)


def _cut(studio: Studio, project: Project) -> None:
    """Makes the automatic cut of the takes, unless it exists, and prints the reasons for its clips."""
    steps = [step for take in studio.takes(project) for step in studio.tasks.preparation(take)]
    studio.jobs.wait(studio.jobs.submit([step for step in steps if step.kind.name in _READ_BY_CUT]))
    cuts, words = ProjectCuts(studio, project), ProjectWords(studio, project)
    if CUT in cuts.names():
        human_console().print(f"[grey62]· {CUT} exists already: cwtui cut show[/]")
    else:
        add_automatic(cuts, words, words.assemble(CUT), as_json=False)


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
