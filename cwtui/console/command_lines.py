"""The `cwtui` command lines that do the same as actions of the console."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from cwtui.console.snapshot import Snapshot
from cwtui.paths import default_studio
from engine.catalog import Job, Review, Take
from engine.jobs import gate_choices


def command_line(command: str, snapshot: Snapshot, take: Take | None, values: Mapping[str, str]) -> str:
    """Returns an action's command with its placeholders filled in.

    The studio is named unless it is the default one, the project if there are others. `values` are the placeholders
    that a screen knows; those that nobody knows stay as words in capitals.
    """
    project = snapshot.project
    known = {
        "take": str(take.number) if take else "TAKE",
        "p": f"-p {shlex.quote(project.name)}" if project and len(snapshot.projects) > 1 else "",
        "off": "--off" if take and snapshot.review(take).star else "",
        "transform": _suggested_transform(take),
        "at": "0",
        "to": "0",
        "other": "TAKE",
        "marker": "1",
        "phrase": "…",
        "chain": "",
        "deliver": "cwtui deliver RECIPE",
        "recipe": "RECIPE",
        "job": "JOB",
        "answer": "cwtui deliver RECIPE TAKE --damaged",
    }
    line = re.sub(r" +", " ", command.format(**{**known, **values})).strip()
    if snapshot.studio.absolute() == default_studio().absolute():
        return line
    # Another shell may have another default studio.
    return line.replace("cwtui", f"cwtui --studio {shlex.quote(str(snapshot.studio))}", 1)


def deliver_command(
    recipe: str, takes: Sequence[tuple[Take, Review]], project: str | None, options: Sequence[str] = ()
) -> str:
    """Returns the command line of a delivery; like the console, it uses the trims. With --all it names no takes."""
    chosen = [] if "--all" in options else [str(take.number) for take, _ in takes]
    return shlex.join(["cwtui", "deliver", recipe, *chosen, *options, *(["-p", project] if project else [])])


def answer_command(jobs: Sequence[Job]) -> str | None:
    """Returns the command line that gives the first job its first answer; None if it does not wait for one."""
    choices = gate_choices(jobs[0]) if jobs else ()
    return choices[0].command if choices else None


def confirm_command(take: Take) -> str:
    """Returns the command line that confirms the input transform of a take as its file suggests it."""
    return f"cwtui confirm {take.number} --input-transform {_suggested_transform(take)}"


def _suggested_transform(take: Take | None) -> str:
    picture = take.probe.picture if take else None
    return str((picture and picture.suggested_input_transform) or "apple-log")
