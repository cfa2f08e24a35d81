"""The `cwtui` command lines that do the same as actions of the console."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import groupby

from cwtui.console.actions import Action
from cwtui.console.snapshot import Snapshot
from cwtui.paths import default_studio
from engine.catalog import Job, Review, Take
from engine.jobs import gate_choices


def command_line(command: str, snapshot: Snapshot, take: Take | None, values: Mapping[str, str]) -> str:
    """Returns an action's command with its placeholders filled in.

    The studio is named unless it is the default one, the project if there are others. `values` are the placeholders
    that a screen knows; those that nobody knows stay as words in capitals.
    """
    project, first = snapshot.project, snapshot.first_delivery
    known = {
        "take": str(take.number) if take else "TAKE",
        "takes": str(take.number) if take else "TAKE",
        "p": f"-p {shlex.quote(project.name)}" if project and len(snapshot.projects) > 1 else "",
        "filter": "all",
        "sort": "shot",
        "off": "--off" if take and snapshot.review(take).star else "",
        "transform": _suggested_transform(take),
        "at": "0",
        "to": "0",
        "other": "TAKE",
        "marker": "1",
        "cut": "",
        "cut_name": "",
        "clip": "CLIP",
        "words": "NUMBERS",
        "other_words": "--delete NUMBERS",
        "up": "--before CLIP",
        "down": "--to-end",
        "after": "",
        "word": "NUMBER",
        "sound_earlier": "T",
        "sound_later": "T",
        "earlier": "-1f",
        "quieter": "-1",
        "louder": "1",
        "trim_in": "cwtui cut trim CLIP --from T",
        "trim_out": "cwtui cut trim CLIP --to T",
        "word_start": "0",
        "word_end": "1",
        "speaker": "S1",
        "range": "1",
        "in_range": "",
        "out_range": "",
        "until": "",
        "show": "",
        "phrase": "…",
        "chain": "",
        "stage": "STAGE",
        "first": f"cwtui deliver {first.recipe} {first.take.number}" if first else "cwtui deliver review-proxy TAKE",
        "deliver": "cwtui deliver RECIPE",
        "recipe": "RECIPE",
        "look": "",
        "name": "NAME",
        "parameter": "PARAMETER VALUE",
        "parameter_name": "PARAMETER",
        "cut_at": "T",
        "set_parameter": "cwtui look set NAME PARAMETER VALUE",
        "save_look": "cwtui look new NAME --extends LOOK",
        "before_after": "cwtui frame TAKE --look NAME -o frame.png",
        "job": "JOB",
        "machine": "MACHINE",
        "package": "PACKAGE",
        "folder": "DIR",
        "device": "DEVICE",
        "answer": "cwtui deliver RECIPE TAKE --damaged",
    }
    line = re.sub(r" +", " ", command.format(**{**known, **values})).strip()
    if snapshot.studio.absolute() == default_studio().absolute():
        return line
    # Another shell may have another default studio.
    return line.replace("cwtui", f"cwtui --studio {shlex.quote(str(snapshot.studio))}", 1)


def take_numbers(takes: Sequence[Take]) -> str:
    """Returns the numbers of takes as commands accept them: 1 2 5-9."""
    parts: list[str] = []
    for _, run in groupby(enumerate(sorted(take.number for take in takes)), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        parts += [f"{numbers[0]}-{numbers[-1]}"] if len(numbers) > 2 else map(str, numbers)
    return " ".join(parts)


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


# Placeholders in command lines, and their text in documents.
_PLACEHOLDERS = {
    **dict.fromkeys((" {p}", " {off}", " {cut}", " {cut_name}"), ""),
    "{trim_in}": "cwtui cut trim CLIP --from T",
    "{trim_out}": "cwtui cut trim CLIP --to T",
    "{other_words}": "--delete NUMBERS",
    "{earlier}": "FRAMES",
    "{up}": "--before CLIP",
    "{down}": "--before CLIP",
    "{after}": "--before CLIP",
    "{word}": "NUMBER",
    "{sound_earlier}": "T",
    "{sound_later}": "T",
    "{chain}": "--preset NAME",
    "{marker}": "ID",
    "{deliver}": "cwtui deliver RECIPE TAKE…",
    "{show}": "--show mask",
    "{first}": "cwtui deliver review-proxy TAKE",
    "{recipe}": "RECIPE",
    "{look}": "--look NAME",
    "{name}": "NAME",
    "{parameter}": "PARAMETER VALUE",
    "{parameter_name}": "PARAMETER",
    "{cut_at}": "T",
    "{set_parameter}": "cwtui look set NAME PARAMETER VALUE",
    "{save_look}": "cwtui look new NAME --extends LOOK",
    "{before_after}": "cwtui frame TAKE --look NAME -o frame.png",
    "{machine}": "MACHINE",
    "{package}": "PACKAGE",
    "{folder}": "DIR",
    "{device}": "DEVICE",
    "{answer}": "cwtui deliver RECIPE TAKE --damaged",
}


def documented_command(action: Action) -> str:
    """Returns an action's command line as documents show it, without a take or a project; empty if it has none."""
    command = action.command
    for placeholder, text in _PLACEHOLDERS.items():
        command = command.replace(placeholder, text)
    return command.replace("{", "").replace("}", "")
