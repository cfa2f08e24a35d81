"""The results of Deliver: forecasts, progress, checks and receipts of deliveries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import unified_diff
from math import inf
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len
from rich.text import Text

from cwtui.block_chart import BLOCKS, bin_max
from cwtui.console.documents.drafts import same_text
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.progress_bar import job_share, progress_bar
from cwtui.console.widgets.text_layout import pad, truncate, truncate_left
from cwtui.formatting import (
    format_bit_rate,
    format_duration,
    format_level,
    format_limiter,
    plural,
)
from cwtui.job_status import DELIVERIES, format_progress
from engine.catalog import Damage, Job, JobState, describe_damage, summarize_damage
from engine.deliver import Estimate, PlatformVerdict, StoredRecipe, variant_names
from engine.studio import DeliveryForecast
from engine.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cwtui.console.theme import Palette

# The footage's metadata by the names that recipes use.
_METADATA = {"location": "location", "device": "camera", "date": "dates"}
_BAR = 10
_CHECKS = 14
# The width of the limiter's chart, in cells.
_CHART = 40
# The most ended deliveries, and files that exist already, that are listed.
_LAST, _EXISTING = 6, 4
# The widest name of a check, in cells; between the numbers of one, as they are usually written.
_CHECK_NAME = 26
_JOINTS = {"size": "×", "colour tags": "-"}
# A label that begins with the take's number and name.
_NAMED = re.compile(r"^(\d{3,})-\S+")


def delivery_jobs(snapshot: Snapshot, recipe: str) -> list[Job]:
    """The open deliveries of a recipe and its variants; without any, the last ones."""
    names = variant_names(recipe)
    mine = [
        job
        for job in snapshot.jobs
        if job.kind in DELIVERIES
        and job.parameters["recipe"]["name"] in names
        and (snapshot.project is None or job.project_id == snapshot.project.id)
    ]
    going = any(job.state.open or job.state is JobState.BLOCKED for job in mine)
    return sorted(mine if going else mine[:_LAST], key=lambda job: job.title)


@dataclass(frozen=True, slots=True)
class RecipeOutcome:
    """A recipe, its text in the editor, and the text's faults, (line, message) from line 0, or its forecast.

    `error` says why a valid text has no forecast; `verdicts` are those of its platform on the estimates, `kept` is the
    metadata that it keeps. `of_cut`: a cut is delivered.
    """

    recipe: StoredRecipe
    text: str
    editing: bool = False
    faults: Sequence[tuple[int, str]] = ()
    forecast: DeliveryForecast = field(default_factory=DeliveryForecast)
    error: str = ""
    verdicts: Sequence[PlatformVerdict] = ()
    kept: Sequence[str] = ()
    of_cut: bool = False


def render_outcome(outcome: RecipeOutcome, snapshot: Snapshot, palette: Palette, plain: bool, width: int) -> Text:
    """The forecast of a recipe's text, its unsaved changes and, unless it is edited, its results."""
    jobs = delivery_jobs(snapshot, outcome.recipe.name)
    shown = _render_forecast(outcome, jobs, palette, width)
    shown.append_text(render_changes(outcome.recipe.text, outcome.text, palette, width))
    if jobs and not outcome.editing:
        shown.append("\n" if shown.plain else "").append_text(render_results(jobs, palette, plain, width))
    return shown


def _render_forecast(outcome: RecipeOutcome, jobs: Sequence[Job], palette: Palette, width: int) -> Text:
    """The forecast of a recipe; nothing while its deliveries run or are queued."""
    styles = palette.styles
    if outcome.faults:
        # The editor shows the errors at their lines.
        lines = sorted({line + 1 for line, _ in outcome.faults})
        where = f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"
        return (
            Text().append("No estimate: ", styles["quiet"]).append(f"the recipe has errors in {where}\n", styles["red"])
        )
    if any(job.state.open for job in jobs):
        return Text()
    if outcome.error:
        return Text().append("No estimate: ", styles["quiet"]).append(f"{outcome.error}\n", styles["amber"])
    return render_forecast(outcome.forecast, palette, width, outcome.kept, of_cut=outcome.of_cut).append_text(
        render_readiness(outcome.verdicts, palette, width)
    )


def render_readiness(verdicts: Sequence[PlatformVerdict], palette: Palette, width: int) -> Text:
    """Whether the deliverables are ready for the recipe's platform; the first one that is not, with the rules."""
    missed = [one for one in verdicts if not one.ready]
    if not verdicts:
        return Text()
    mark, style = ("!", "amber") if missed else ("✓", "accent")
    of = f"{len(missed)} of {len(verdicts)}: " if missed and len(verdicts) > 1 else ""
    text = Text()
    for n, line in enumerate(wrap(f"{of}{(missed or verdicts)[0].headline}", max(16, width - 4))):
        text.append(f"  {' ' if n else mark} ", palette.styles[style]).append(f"{line}\n", palette.styles["text"])
    return text


def render_forecast(
    forecast: DeliveryForecast, palette: Palette, width: int, kept: Collection[str] = (), *, of_cut: bool = False
) -> Text:
    """The deliverables' sizes, durations and loudness, the files that exist already, and why takes are refused.

    `kept` is what a movie keeps of the footage's metadata.
    """
    styles, found = palette.styles, forecast.estimates
    text = Text().append("Estimate\n", styles["heading"])
    made_of = [one for one in found if not one.refused]
    if not found:
        return text.append("  —\n", styles["faint"])
    takes = len({one.take or one.label for one in made_of})
    parts = [plural(takes, "film" if of_cut else "take")]
    if len(made_of) > takes:
        parts.append(plural(len(made_of), "range"))
    parts += [format_duration(float(sum(one.duration for one in made_of))), _size(made_of)]
    if files := sum(len(one.files) for one in made_of):
        parts.append(plural(files, "file"))
    text.append(f"  {' · '.join(parts)}\n", styles["strong"])
    text.append_text(_render_existing(forecast, palette, width))
    labels, values = [one.label for one in made_of], [_format_estimate(one) for one in made_of]
    names = max(map(cell_len, labels), default=0)
    if names + max(map(cell_len, values), default=0) > width - 5:
        # The files above have the names.
        labels = [_NAMED.sub(r"\1", label) for label in labels]
        names = min(max(map(cell_len, labels), default=0), width // 3)
    for one, label, value in list(zip(made_of, labels, values, strict=True))[:12]:
        text.append(f"  {pad(label, names)} ", styles["quiet"])
        text.append(f"{truncate(value, width - names - 5)}\n", styles["text"])
        if one.damage:
            text.append("    ! ", styles["amber"])
            text.append(f"{truncate(f'confirm: {summarize_damage(one.damage)}', width - 7)}\n", styles["amber"])
    if len(made_of) > 12:
        text.append(f"  and {len(made_of) - 12} more\n", styles["faint"])
    for one in found:
        if one.refused:
            text.append(f"  {'!' if one.waits else '·'} ", styles["amber"])
            text.append(f"{truncate(one.refused, width - 6)}\n", styles["amber" if one.waits else "faint"])
    if kept:
        text.append(f"  ! keeps {' and '.join(kept)}\n", styles["amber"])
    removed = [name for kind, name in _METADATA.items() if kind not in kept]
    if removed:
        *first, last = removed
        listed = f"{', '.join(first)} and {last}" if first else last
        text.append(f"  {listed} are removed\n", styles["faint"])
    return text


def _format_estimate(one: Estimate) -> str:
    """The size and rate of a deliverable's picture, its loudness and its bit rate."""
    parts = [f"{one.size[0]}×{one.size[1]} {float(one.rate or 0):.4g}"] if one.size else []
    if one.measured_lufs == -inf:
        parts.append("silent")
    elif one.lufs is not None:
        parts.append(f"{format_level(one.measured_lufs, '')} → {format_level(one.lufs)}")
    if one.bits:
        parts.append(format_bit_rate(one.bits) + (" as before" if one.from_history else ""))
    return " · ".join(parts)


def _size(made_of: Sequence[Estimate]) -> str:
    sizes = [one.bytes for one in made_of]
    if None in sizes:
        return "size unknown: constant quality"
    return f"about {format_bytes(sum(size or 0 for size in sizes))}" if any(sizes) else "text"


def _render_existing(forecast: DeliveryForecast, palette: Palette, width: int) -> Text:
    """The files by what the delivery does with them: replaced, refused, skipped, new, or left from an earlier trim."""
    styles, text = palette.styles, Text()
    fates: tuple[tuple[Literal["replaced", "refused", "skipped"], str, str, str], ...] = (
        ("replaced", "!", "amber", "will be replaced"),
        ("refused", "✗", "red", "not replaced"),
        ("skipped", "✓", "accent", "identical, not built again"),
    )
    for fate, mark, style, says in fates:
        files = forecast.files(fate)
        for file in files[:_EXISTING]:
            reason = file.reason.removeprefix(f"{file.path} ") if fate == "refused" else ""
            story = f"{file.path.name} {says}{f': {reason}' if reason else ''}"
            text.append(f"  {mark} ", styles[style]).append(f"{truncate(story, width - 5)}\n", styles["text"])
        if (more := len(files) - _EXISTING) > 0:
            text.append(f"    and {plural(more, 'more file')} {says}\n", styles["faint"])
    new = forecast.new_files
    for name in new[:_EXISTING]:
        text.append("  + ", styles["accent"]).append(f"{truncate(name, width - 5)}\n", styles["text"])
    if (more := len(new) - _EXISTING) > 0:
        text.append(f"    and {plural(more, 'more new file')}\n", styles["faint"])
    for path in forecast.leftover[:_EXISTING]:
        story = f"{path.name} stays: it is from an earlier trim"
        text.append(f"  · {truncate(story, width - 5)}\n", styles["faint"])
    if (more := len(forecast.leftover) - _EXISTING) > 0:
        text.append(f"    and {plural(more, 'more file')} from an earlier trim\n", styles["faint"])
    return text


def first_fault(faults: Sequence[tuple[int, str]]) -> str:
    """The first fault of a recipe and the number of further ones in one line; empty without faults."""
    if not faults:
        return ""
    line, message = faults[0]
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    return f"✗ {message} (line {line + 1}){more}"


def render_results(jobs: Sequence[Job], palette: Palette, plain: bool, width: int) -> Text:
    """Progress, checks, files, and the path of the receipt."""
    styles = palette.styles
    text = Text().append("Deliveries\n", styles["heading"])
    for job in jobs:
        label = job.title.partition(": ")[2]
        if job.state is JobState.RUNNING:
            text.append(f"  {pad(truncate(label, 16), 17)}", styles["text"])
            text.append_text(progress_bar(job_share(job), _BAR, palette, plain))
            text.append(f" {format_progress(job)}\n", styles["quiet"])
        elif job.state is JobState.DONE and job.result:
            text.append_text(_render_delivery(label, job.result["delivered"], palette, width))
            text.append_text(_render_limiter(job.result["delivered"].get("limiter"), palette, plain, width))
        else:
            why = job.error["message"] if job.error else "waiting to start" if job.state is JobState.QUEUED else ""
            kind = {JobState.FAILED: "red", JobState.BLOCKED: "amber"}.get(job.state, "faint")
            text.append(f"  {pad(truncate(label, 16), 17)}", styles["text"])
            text.append(f"{truncate(f'{job.state}  {why}', width - 20)}\n", styles[kind])
    done = max(
        (job for job in jobs if job.state is JobState.DONE),
        key=lambda job: job.finished_at or job.created_at,
        default=None,
    )
    if done and done.result:
        text.append_text(_render_checks(done.result["delivered"], palette, width))
        receipt = f"{done.result['folder']}/receipt.json"
        text.append(f"  receipt  {truncate_left(receipt, width - 12)}\n", styles["quiet"])
    return text


def render_changes(saved: str, text: str, palette: Palette, width: int) -> Text:
    """The unsaved changes as a diff."""
    styles, shown = palette.styles, Text()
    if same_text(saved, text):
        return shown
    shown.append("\nnot saved yet\n", styles["amber"])
    for line in list(unified_diff(saved.splitlines(), text.splitlines(), lineterm="", n=0))[2:]:
        if not line.startswith("@@"):
            sign = "accent" if line[0] == "+" else "red"
            shown.append(f"  {line[0]} ", styles[sign]).append(f"{truncate(line[1:], width - 5)}\n", styles["text"])
    return shown


def _render_checks(delivered: dict[str, Any], palette: Palette, width: int) -> Text:
    """The passed checks of the newest deliverable with their measurements, and its accepted checks."""
    styles, text = palette.styles, Text()
    passed = [check for check in delivered["checks"] if check["passed"]]
    names = min(_CHECK_NAME, max((cell_len(check["name"]) for check in passed[:_CHECKS]), default=0))
    for check in passed[:_CHECKS]:
        file = check.get("file", "") if len(delivered["files"]) > 1 else ""
        text.append("    ✓ ", styles["accent"]).append(pad(check["name"], names + 1), styles["quiet"])
        summary = f"{_format_measured(check)}  {file}".rstrip()
        text.append(f"{truncate(summary, width - names - 9)}\n", styles["text"])
    if len(passed) > _CHECKS:
        text.append(f"    and {len(passed) - _CHECKS} more\n", styles["faint"])
    for check in delivered["checks"]:
        if is_accepted(check):
            text.append("    ! ", styles["amber"]).append(f"{truncate(check['name'], width - 6)}\n", styles["quiet"])
            text.append("      incomplete (accepted)\n", styles["amber"])
    return text


def is_accepted(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt failed and the director had accepted that beforehand."""
    return not check["passed"] and bool(check.get("accepted"))


def is_warning(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt did not pass, but the file can be used."""
    return not check["passed"] and bool(check.get("warning"))


def _format_measured(check: Mapping[str, Any]) -> str:
    value = check["measured"]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".replace("-", "−")
    if isinstance(value, list):
        return _JOINTS.get(check["name"], " ").join(str(part) for part in value)
    return str(value)


def _render_limiter(limiter: dict[str, Any] | None, palette: Palette, plain: bool, width: int) -> Text:
    """What the limiter did, and its reduction over time; nothing if it did nothing."""
    if not limiter or not limiter["most_db"]:
        return Text()
    from engine.sound import LimiterWork

    work, text = LimiterWork.model_validate(limiter), Text()
    for n, line in enumerate(wrap(f"limiter {format_limiter(work)}", max(16, width - 6))):
        text.append(f"    {'  ' * bool(n)}{line}\n", palette.styles["quiet"])
    if not plain:
        shares = bin_max([-gain / work.most_db for gain in work.curve], min(_CHART, max(16, width - 6)))
        blocks = "".join(BLOCKS[round(share * (len(BLOCKS) - 1))] for share in shares)
        text.append(f"    {blocks}\n", palette.styles["accent"])
    return text


def _render_delivery(label: str, delivered: dict[str, Any], palette: Palette, width: int) -> Text:
    styles = palette.styles
    checks, files = delivered["checks"], delivered["files"]
    failed = [check for check in checks if not (check["passed"] or is_accepted(check) or is_warning(check))]
    warned = [check for check in checks if is_warning(check)]
    accepted = [check for check in checks if is_accepted(check)]
    text = Text().append(f"  {pad(truncate(label, 16), 17)}", styles["text"])
    if failed:
        text.append(f"✗ {len(failed)} of {len(checks)} failed", styles["red"])
    elif accepted or not delivered.get("complete", True):
        text.append("! incomplete", styles["amber"])
    elif warned:
        text.append(f"! {plural(len(warned), 'warning')} in {len(checks)} checks", styles["amber"])
    else:
        text.append(f"✓ {len(checks)} checks", styles["accent"])
    text.append(f"  {format_bytes(sum(file['bytes'] for file in files))}\n", styles["quiet"])
    for check in failed[:_CHECKS]:
        summary = f"{check['name']}: {_format_measured(check)}, expected {check['wanted']}"
        text.append(f"    ✗ {truncate(summary, width - 8)}\n", styles["red"])
    for check in warned[:_CHECKS]:
        summary = f"{check['name']}: {_format_measured(check)}, expected {check['wanted']}"
        for n, line in enumerate(wrap(summary, max(16, width - 6))):
            text.append(f"    {' ' if n else '!'} {line}\n", styles["amber"])
    for one in delivered.get("damage", ())[:_CHECKS]:
        lines = wrap(f"damaged {describe_damage(Damage.model_validate(one))}", max(16, width - 6))
        for n, line in enumerate(lines):
            text.append(f"    {' ' if n else '!'} {line}\n", styles["amber"])
    for note in delivered.get("notes", ())[:3]:
        for n, line in enumerate(wrap(note, max(16, width - 8))):
            text.append(f"    {'  ' * bool(n)}{line}\n", styles["faint"])
    return text
