"""The results of Deliver: failures, forecasts, reviews, progress, checks and receipts of deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from cwtui.block_chart import BLOCKS, bin_max
from cwtui.check_text import describe_difference, is_accepted, is_failed, is_warning
from cwtui.console.documents.drafts import same_text
from cwtui.console.screens.deliver.check_view import render_failures, render_passed, render_running
from cwtui.console.screens.deliver.forecast_view import render_forecast, render_readiness
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.progress_bar import job_share, progress_bar
from cwtui.console.widgets.text_layout import pad, truncate, truncate_left, wrap
from cwtui.formatting import format_limiter, plural
from cwtui.job_status import DELIVERIES, format_progress
from engine.catalog import Damage, Job, JobState, describe_damage
from engine.deliver import Check, PlatformVerdict, StoredRecipe, variant_names
from engine.studio import DeliveryForecast
from engine.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cwtui.console.theme import Palette

_BAR = 10
# The width of the limiter's chart, in cells.
_CHART = 40
# The most ended deliveries, and the damaged stretches, warnings and notes of one, that are listed.
_LAST, _LISTED, _NOTES = 6, 14, 3
# The narrowest column of labels, in cells.
_LABEL = 16


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
    metadata that it keeps. `of_cut`: a cut is delivered. `approval` is the review that the text asks for, `approve_key`
    and `plan_key` are the labels of the keys that approve and that choose a plan. `running` are the finished checks of
    running jobs by id.
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
    approval: str | None = None
    approve_key: str = ""
    plan_key: str = ""
    running: Mapping[str, Sequence[Check]] = field(default_factory=dict)


def render_outcome(outcome: RecipeOutcome, snapshot: Snapshot, palette: Palette, plain: bool, width: int) -> Text:
    """Failures, the forecast of a recipe's text, its unsaved changes and, unless it is edited, reviews and results."""
    recipe, jobs = outcome.recipe, delivery_jobs(snapshot, outcome.recipe.name)
    parts = []
    if not outcome.editing:
        parts.append(render_failures((one for one, _ in recipe.deliveries), palette, width))
    shown = _render_forecast(outcome, jobs, palette, width)
    parts.append(shown.append_text(render_changes(recipe.text, outcome.text, palette, width)))
    if not outcome.editing:
        parts.append(render_reviews(recipe, outcome.approval, outcome.approve_key, palette, width))
        if jobs:
            parts.append(render_results(jobs, palette, plain, width, outcome.running))
    text = Text()
    for part in parts:
        if part:
            text.append("\n" if text else "").append_text(part)
    return text


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
    return render_forecast(
        outcome.forecast, palette, width, outcome.kept, of_cut=outcome.of_cut, plan_key=outcome.plan_key
    ).append_text(render_readiness(outcome.verdicts, palette, width))


def render_reviews(recipe: StoredRecipe, wanted: str | None, key: str, palette: Palette, width: int) -> Text:
    """The reviews of a recipe's deliveries: who approved which of them and when, and which are missing."""
    styles, text = palette.styles, Text()
    missing, done = recipe.unapproved, [(one, said) for one, said in recipe.deliveries if said]
    if not (missing or done or wanted):
        return text
    text.append("Review\n", styles["heading"])
    if wanted and not (missing or done):
        line = f"A delivery counts as delivered after the review “{wanted}”."
        return text.append("\n".join(f"  {one}" for one in wrap(line, width - 3)) + "\n", styles["quiet"])
    for one in missing[:_LAST]:
        line = f"{one.take} needs the review “{one.approval}”" + ("" if one.passed else ": a check failed")
        _append_wrapped(text, "  ! ", line, palette, "amber", width)
    if (more := len(missing) - _LAST) > 0:
        text.append(f"    and {more} more\n", styles["faint"])
    for delivery, approval in done[:_LAST]:
        line = f"{approval.by} approved {delivery.take} on {approval.at:%d %b %Y, %H:%M} UTC (“{approval.review}”)"
        _append_wrapped(text, "  ✓ ", line, palette, "accent", width)
    if key and any(one.passed for one in missing):
        text.append(f"  {key} ", styles["accent"]).append("approves what is missing\n", styles["quiet"])
    return text


def first_fault(faults: Sequence[tuple[int, str]]) -> str:
    """The first fault of a recipe and the number of further ones in one line; empty without faults."""
    if not faults:
        return ""
    line, message = faults[0]
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    return f"✗ {message} (line {line + 1}){more}"


def render_results(
    jobs: Sequence[Job],
    palette: Palette,
    plain: bool,
    width: int,
    running: Mapping[str, Sequence[Check]] | None = None,
) -> Text:
    """Progress, checks, files, and the path of the receipt. `running` are the finished checks of running jobs by id."""
    styles = palette.styles
    text = Text().append("Deliveries\n", styles["heading"])
    labels = {job.id: job.title.partition(": ")[2] for job in jobs}
    names = min(max(map(cell_len, labels.values()), default=0), max(_LABEL, width // 3)) + 2
    for job in jobs:
        label = pad(truncate(labels[job.id], names - 2), names)
        if job.state is JobState.RUNNING:
            text.append(f"  {label}", styles["text"])
            text.append_text(progress_bar(job_share(job), _BAR, palette, plain))
            text.append(f" {format_progress(job)}\n", styles["quiet"])
            checks = [check.model_dump() for check in (running or {}).get(job.id, ())]
            text.append_text(render_running(checks, palette, width))
        elif job.state is JobState.DONE and job.result:
            text.append_text(_render_delivery(label, job.result["delivered"], palette, width))
            text.append_text(_render_limiter(job.result["delivered"].get("limiter"), palette, plain, width))
        else:
            text.append_text(_render_waiting(job, label, palette, width))
    done = max(
        (job for job in jobs if job.state is JobState.DONE),
        key=lambda job: job.finished_at or job.created_at,
        default=None,
    )
    if done and done.result:
        delivered = done.result["delivered"]
        passed = [check for check in delivered["checks"] if check["passed"]]
        text.append_text(render_passed(passed, palette, width, named_files=len(delivered["files"]) > 1))
        receipt = f"{done.result['folder']}/receipt.json"
        text.append(f"  receipt  {truncate_left(receipt, width - 12)}\n", styles["quiet"])
    return text


def _render_waiting(job: Job, label: str, palette: Palette, width: int) -> Text:
    """A delivery that waits or has failed: the reason, and for a gate or an error what to do."""
    styles, text = palette.styles, Text()
    kind = {JobState.FAILED: "red", JobState.BLOCKED: "amber"}.get(job.state, "faint")
    text.append(f"  {label}", styles["text"]).append(f"{job.state}\n", styles[kind])
    error = job.error or {}
    if why := error.get("message", ""):
        _append_wrapped(text, "    ", why, palette, kind, width)
    if hint := error.get("hint", ""):
        _append_wrapped(text, "    → ", hint, palette, "quiet", width)
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


def _render_delivery(label: str, delivered: Mapping[str, Any], palette: Palette, width: int) -> Text:
    """A finished delivery. Its failed checks stand above the estimate."""
    styles = palette.styles
    checks, files = delivered["checks"], delivered["files"]
    failed = [check for check in checks if is_failed(check)]
    warned = [check for check in checks if is_warning(check)]
    accepted = [check for check in checks if is_accepted(check)]
    text = Text().append(f"  {label}", styles["text"])
    if failed:
        text.append(f"✗ {len(failed)} of {len(checks)} failed", styles["red"])
    elif accepted or not delivered.get("complete", True):
        text.append("! incomplete", styles["amber"])
    elif warned:
        text.append(f"! {plural(len(warned), 'warning')} in {len(checks)} checks", styles["amber"])
    else:
        text.append(f"✓ {len(checks)} checks", styles["accent"])
    text.append(f"  {format_bytes(sum(file['bytes'] for file in files))}\n", styles["quiet"])
    for check in warned[:_LISTED]:
        _append_wrapped(text, "    ! ", f"{check['name']}: {describe_difference(check)}", palette, "amber", width)
    for check in accepted:
        _append_wrapped(text, "    ! ", f"{check['name']}: incomplete (accepted)", palette, "amber", width)
    for one in delivered.get("damage", ())[:_LISTED]:
        damage = f"damaged {describe_damage(Damage.model_validate(one))}"
        _append_wrapped(text, "    ! ", damage, palette, "amber", width)
    for note in delivered.get("notes", ())[:_NOTES]:
        for n, line in enumerate(wrap(note, max(16, width - 8))):
            text.append(f"    {'  ' * bool(n)}{line}\n", styles["faint"])
    return text


def _append_wrapped(text: Text, mark: str, line: str, palette: Palette, style: str, width: int) -> None:
    """Appends a line after a mark; the lines that follow are indented as far."""
    for n, part in enumerate(wrap(line, max(16, width - cell_len(mark) - 1))):
        text.append(" " * cell_len(mark) if n else mark, palette.styles[style]).append(
            f"{part}\n", palette.styles[style]
        )
