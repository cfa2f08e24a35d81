"""What comes of a recipe: before it is made, while it is, and when its checks have passed."""

from __future__ import annotations

from difflib import unified_diff
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.text import Text

from cwtui.console.documents.drafts import same
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.progress_bar import bar
from cwtui.formatting import bit_rate, cut, cut_left, filled, lately, level, plural, size
from cwtui.job_status import amount, span
from engine.catalog import Damage, Job, JobState, describe_damage, summarize_damage
from engine.deliver import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cwtui.console.app import Console
    from cwtui.console.screens.deliver.recipes import Kept

_BAR = 10
_CHECKS = 14
_LAST = 6


def row(desk: Console, recipe: Kept, changed: bool, width: int, here: bool) -> Iterator[Segment]:
    """A recipe in the list, a star where its text is not saved, and how it fared last."""
    ink = desk.ink.styles
    verdict, kind = "", "faint"
    if recipe.made_at:
        good = not recipe.failed
        told = f"{'!' if recipe.incomplete else '✓'} {recipe.checks}" if good else f"✗ {recipe.failed}/{recipe.checks}"
        verdict = f"{told:5}  {lately(recipe.made_at, desk.today()):>6}"
        kind = "red" if not good else "amber" if recipe.incomplete else "accent"
    yield Segment(" ▸ " if here else "   ", ink["accent"])
    wide = min(18, width - 3)
    yield Segment(filled(f"{recipe.name}{' *' if changed else ''}", wide), ink["strong" if here else "text"])
    if width > wide + 6:
        yield Segment(" " + cut(verdict, width - wide - 4), ink[kind])
    elif verdict:
        yield Segment(f" {verdict[0]}", ink[kind])


def asked_for(snapshot: Snapshot, recipe: str) -> list[Job]:
    """The deliveries of a recipe that are under way; those that ended last where none is."""
    mine = [
        job
        for job in snapshot.jobs
        if job.kind == "deliver"
        and job.parameters["recipe"]["name"] == recipe
        and (snapshot.project is None or job.project_id == snapshot.project.id)
    ]
    going = any(job.state.open or job.state is JobState.BLOCKED for job in mine)
    return sorted(mine if going else mine[:_LAST], key=lambda job: job.title)


def before_delivery(
    desk: Console, recipe: str, faults: Sequence[tuple[int, str]], found: Sequence[Estimate], width: int
) -> Text:
    """Why a recipe cannot run, or what it would make; nothing while it is being made, or waits."""
    if faults:
        return what_is_wrong(desk, faults)
    if any(job.state.open or job.state is JobState.BLOCKED for job in asked_for(desk.snapshot, recipe)):
        return Text()
    return what_comes(desk, found, bool(desk.snapshot.kept), width)


def append_made(text: Text, desk: Console, recipe: str, width: int) -> None:
    """Appends what is made, or was made last, by a recipe, below what `text` says."""
    if jobs := asked_for(desk.snapshot, recipe):
        text.append("\n" if text.plain else "").append_text(made(desk, jobs, width))


def what_comes(desk: Console, found: Sequence[Estimate], kept: bool, width: int) -> Text:
    """Sizes, rates, lengths and loudness of what would be made, and why some would not."""
    ink = desk.ink.styles
    text = Text().append("what comes out\n", ink["quiet"])
    made_of = [one for one in found if not one.refused]
    if not found:
        return text.append("  —\n", ink["faint"])
    seconds = float(sum(one.duration for one in made_of))
    weights = [one.bytes for one in made_of]
    about = (
        "size shows itself: quality is constant"
        if None in weights
        else f"about {size(sum(w or 0 for w in weights))}"
        if any(weights)
        else "text"
    )
    text.append(f"  {plural(len(made_of), 'take')}{' kept' if kept else ''} · {span(seconds)} · ", ink["text"])
    text.append(f"{about}\n", ink["text"])
    for one in made_of[:12]:
        parts = [f"{one.size[0]}×{one.size[1]} {float(one.rate or 0):.4g}"] if one.size else []
        if one.bits:
            parts.append(("as last " if one.from_history else "") + bit_rate(one.bits))
        if one.lufs is not None:
            parts.append(f"{level(one.measured_lufs, '')} → {level(one.lufs)}")
        text.append(f"  {cut(one.label, 14):15}", ink["quiet"]).append(
            f"{cut(' · '.join(parts), width - 19)}\n", ink["text"]
        )
        if one.damage:
            text.append("    ! ", ink["amber"])
            text.append(f"{cut(f'asks first: {summarize_damage(one.damage)}', width - 7)}\n", ink["amber"])
    if len(made_of) > 12:
        text.append(f"  and {len(made_of) - 12} more\n", ink["faint"])
    for one in found:
        if one.refused:
            text.append(f"  {'!' if one.waits else '·'} ", ink["amber"])
            text.append(f"{cut(one.refused, width - 6)}\n", ink["amber" if one.waits else "faint"])
    return text.append("  place, camera and dates are stripped\n", ink["faint"])


def what_is_wrong(desk: Console, faults: Sequence[tuple[int, str]]) -> Text:
    """Why a recipe cannot run, line by line."""
    ink = desk.ink.styles
    text = Text().append("it cannot run yet\n", ink["quiet"])
    for line, says in faults:
        text.append(f"  ✗ line {line + 1}  ", ink["red"]).append(f"{says}\n", ink["text"])
    return text


def made(desk: Console, jobs: Sequence[Job], width: int) -> Text:
    """Progress, then checks, then files and where the receipt is."""
    ink = desk.ink.styles
    text = Text().append("deliveries\n", ink["quiet"])
    for job in jobs:
        label = job.title.partition(": ")[2]
        if job.state is JobState.RUNNING:
            text.append(f"  {cut(label, 16):17}", ink["text"]).append_text(bar(job, _BAR, desk))
            text.append(f" {amount(job)}\n", ink["quiet"])
        elif job.state is JobState.DONE and job.result:
            text.append_text(_proven(desk, label, job.result["delivered"], width))
        else:
            why = job.error["message"] if job.error else "waits its turn" if job.state is JobState.QUEUED else ""
            kind = {JobState.FAILED: "red", JobState.BLOCKED: "amber"}.get(job.state, "faint")
            text.append(f"  {cut(label, 16):17}", ink["text"])
            text.append(f"{cut(f'{job.state}  {why}', width - 20)}\n", ink[kind])
    done = max(
        (job for job in jobs if job.state is JobState.DONE),
        key=lambda job: job.finished_at or job.created_at,
        default=None,
    )
    if done and done.result:
        text.append_text(_checked(desk, done.result["delivered"], width))
        receipt = f"{done.result['folder']}/receipt.json"
        text.append(f"  receipt  {cut_left(receipt, width - 12)}\n", ink["quiet"])
    return text


def what_changed(desk: Console, saved: str, text: str, width: int) -> Text:
    """The lines that were changed since it was saved."""
    ink, shown = desk.ink.styles, Text()
    if same(saved, text):
        return shown
    shown.append("\nnot saved yet\n", ink["amber"])
    for line in list(unified_diff(saved.splitlines(), text.splitlines(), lineterm="", n=0))[2:]:
        if not line.startswith("@@"):
            sign = "accent" if line[0] == "+" else "red"
            shown.append(f"  {line[0]} ", ink[sign]).append(f"{cut(line[1:], width - 5)}\n", ink["text"])
    return shown


def _checked(desk: Console, delivered: dict[str, Any], width: int) -> Text:
    """The checks that the newest deliverable has passed, with what was measured, and those that were accepted."""
    ink, text = desk.ink.styles, Text()
    passed = [check for check in delivered["checks"] if check["passed"]]
    for check in passed[:_CHECKS]:
        text.append("    ✓ ", ink["accent"]).append(f"{cut(check['name'], 20):21}", ink["quiet"])
        told = f"{_measured(check['measured'])}  {check.get('file', '')}".rstrip()
        text.append(f"{cut(told, width - 29)}\n", ink["text"])
    if len(passed) > _CHECKS:
        text.append(f"    and {len(passed) - _CHECKS} more\n", ink["faint"])
    for check in delivered["checks"]:
        if is_accepted(check):
            text.append("    ! ", ink["amber"]).append(f"{cut(check['name'], width - 6)}\n", ink["quiet"])
            text.append("      incomplete (accepted)\n", ink["amber"])
    return text


def is_accepted(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt did not pass, and the director accepted that beforehand."""
    return not check["passed"] and bool(check.get("accepted"))


def _measured(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".replace("-", "−")
    return " ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _proven(desk: Console, label: str, delivered: dict[str, Any], width: int) -> Text:
    ink = desk.ink.styles
    checks, files = delivered["checks"], delivered["files"]
    failed = [check for check in checks if not check["passed"] and not is_accepted(check)]
    accepted = [check for check in checks if is_accepted(check)]
    text = Text().append(f"  {cut(label, 16):17}", ink["text"])
    if failed:
        text.append(f"✗ {len(failed)} of {len(checks)} failed", ink["red"])
    elif accepted or not delivered.get("complete", True):
        text.append("! incomplete", ink["amber"])
    else:
        text.append(f"✓ {len(checks)} checks", ink["accent"])
    text.append(f"  {size(sum(file['bytes'] for file in files))}\n", ink["quiet"])
    for check in failed[:_CHECKS]:
        told = f"{check['name']}: {check['measured']}, wanted {check['wanted']}"
        text.append(f"    ✗ {cut(told, width - 8)}\n", ink["red"])
    for one in delivered.get("damage", ())[:_CHECKS]:
        lines = wrap(f"damaged {describe_damage(Damage.model_validate(one))}", max(16, width - 6))
        for n, line in enumerate(lines):
            text.append(f"    {' ' if n else '!'} {line}\n", ink["amber"])
    for note in delivered.get("notes", ())[:3]:
        text.append(f"    {cut(note, width - 6)}\n", ink["faint"])
    return text
