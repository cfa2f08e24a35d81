"""The three steps to a first deliverable, with the key of the next one. They are shown until there is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.text import Text

from cwtui.console.keymap import Keymap, first_key, with_keys
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import Palette
from cwtui.console.widgets.text_layout import pad, wrap
from cwtui.formatting import plural
from cwtui.job_status import format_progress
from engine.catalog import Job, JobState

_SYMBOLS = {"done": "✓", "next": "▸", "running": "▸", "later": " "}
_DROP_NOTE = "Footage is copied, verified and sealed. Your source is never changed."
# Below this width, the remarks of finished steps are left out.
_FULL_WIDTH = 60
# A narrower remark is not indented where it is wrapped.
_MIN_REMARK, _MARGIN = 20, 1


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A step, where it stands, and a remark. `action` is the id of the action that does it next."""

    title: str
    state: Literal["done", "next", "running", "later"]
    remark: str = ""
    action: str = ""


def first_steps(snapshot: Snapshot, ingests: Iterable[Job]) -> tuple[FirstStep, ...]:
    """The steps of a studio; none once something has been delivered. `ingests` are those of the project."""
    if snapshot.delivered or not snapshot.loaded:
        return ()
    if snapshot.project is None:
        name = FirstStep("Project", "next", "Name your first project", "new_project")
        return name, FirstStep("Footage", "later"), FirstStep("First file", "later")
    project = FirstStep("Project", "done", f"“{snapshot.project.name}”")
    if not snapshot.takes:
        if any(job.state.open for job in ingests):
            footage = FirstStep("Footage", "running", "is being copied and verified")
        else:
            footage = FirstStep("Footage", "next", "Add a file, a folder or a card; or drop it here", "add")
        return project, footage, FirstStep("First file", "later")
    look = plural(len(snapshot.takes), "take") + "; {go_review} shows the first picture"
    return project, FirstStep("Footage", "done", look), _delivery_step(snapshot)


def _delivery_step(snapshot: Snapshot) -> FirstStep:
    title = "First file"
    delivery = snapshot.first_delivery
    assert snapshot.project
    jobs = [job for job in snapshot.jobs if job.kind == "deliver" and job.project_id == snapshot.project.id]
    if open_job := next((job for job in jobs if job.state.open), None):
        progress = format_progress(open_job) if open_job.state is JobState.RUNNING else "queued"
        return FirstStep(title, "running", f"{open_job.title}  {progress}")
    if any(job.state is JobState.BLOCKED for job in jobs):
        return FirstStep(title, "next", "A delivery waits for your answer: {go_jobs}, then {answer_job}")
    if delivery is None:
        return FirstStep(title, "next", "Log footage first: confirm its colour", "answer")
    failed = "Failed; {go_jobs} shows why. Again: " if any(job.state is JobState.FAILED for job in jobs) else ""
    made = "a sound file to listen to" if delivery.recipe == "podcast" else "a small film to watch and share"
    return FirstStep(
        title, "next", f"{failed}Deliver {delivery.take.label} as {delivery.recipe}: {made}", "first_deliverable"
    )


def delivered_message(snapshot: Snapshot) -> str:
    """Names the folder of the first file, and the screen of the next ones."""
    job = next((job for job in snapshot.jobs if job.kind == "deliver" and job.state is JobState.DONE), None)
    files = job.result["delivered"]["files"] if job and job.result else ()
    place = f" {job.result['folder']}/{files[0]['path']}." if job and job.result and files else ""
    return f"Your first file is ready:{place} {{go_deliver}} has all recipes."


def render_steps(
    steps: tuple[FirstStep, ...], palette: Palette, keymap: Keymap, width: int, *, large: bool, plain: bool
) -> Text:
    """The steps, a line each; `large`: with space around them and a note about the footage."""
    styles, text = palette.styles, Text()
    if large:
        text.append("  Three steps to your first film\n\n", styles["strong"])
    for number, step in enumerate(steps, 1):
        done, waiting = step.state == "done", step.state == "later"
        symbol = step.state if plain and step.state != "later" else _SYMBOLS[step.state]
        text.append(f"  {pad(symbol, 8) if plain else symbol} ", styles["accent" if not waiting else "faint"])
        text.append(f"{number}  {pad(step.title, 12)}", styles["quiet" if done else "faint" if waiting else "strong"])
        if step.action:
            text.append(f"{first_key(step.action, keymap)}  ", styles["here"])
        indent = cell_len(text.plain.rpartition("\n")[2])
        if not done or width >= _FULL_WIDTH:
            remark = with_keys(step.remark, keymap)
            lines = wrap(remark, width - indent - _MARGIN) if width - indent > _MIN_REMARK else [remark]
            text.append(f"\n{' ' * indent}".join(lines), styles["quiet" if done else "text"])
        text.append("\n\n" if large else "\n")
    if large:
        text.append(f"  {_DROP_NOTE}", styles["quiet"])
    text.rstrip()
    return text
