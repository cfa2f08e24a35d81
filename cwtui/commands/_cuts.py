"""What the commands of `cwtui cut` share: the cut that is meant, clips and times as users write them, the output."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._output import error_console, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.catalog import Edit
    from engine.studio import ProjectCuts
    from engine.timeline import Clip, Cut

CutOption = Annotated[str | None, typer.Option("--cut", "-c", help="The cut (default: the project's only one).")]
CutNameArgument = Annotated[
    str | None, typer.Argument(metavar="CUT", help="The cut (default: the project's only one).")
]
ClipArgument = Annotated[str, typer.Argument(metavar="CLIP", help="The clip, by its number in cwtui cut show.")]
ClipsArgument = Annotated[
    list[str], typer.Argument(metavar="CLIP...", help="The clips, by number or range of numbers (5-9).")
]
_TIME = "Use seconds (1.5), minutes:seconds (1:30), a timecode (00:00:01:12), or a number of frames (36f)."


@contextmanager
def project_cuts(project: str | None, studio: Path | None) -> Iterator[ProjectCuts]:
    """The cuts of the project that a command means; its studio is closed afterwards."""
    from cwtui.commands._studio import open_studio
    from engine.studio import ProjectCuts

    with open_studio(studio) as opened_studio:
        yield ProjectCuts(opened_studio, opened_studio.project(project))


def parse_ticks(text: str, rate: Fraction) -> int:
    """A time as users write it in ticks of a cut: the nearest. Raises RequestError if it is none."""
    from engine.errors import RequestError
    from engine.studio import parse_seconds
    from engine.time import Timecode

    sign, text = (-1, text[1:]) if text[:1] in "-−" and text else (1, text.removeprefix("+"))
    if re.fullmatch(r"\d{1,9}f", text):
        return sign * int(text[:-1])
    if code := Timecode.parse(text, rate):
        return sign * code.first
    try:
        return sign * round(parse_seconds(text) * rate)
    except RequestError as error:
        raise RequestError(error.message, _TIME) from error


def parse_rate(text: str) -> Fraction:
    """A frame rate: 25, 29.97 (which is 30000/1001) or 30000/1001. Raises RequestError if it is none."""
    from engine.errors import RequestError
    from engine.timeline import exact_rate

    try:
        rate = Fraction(text)
        if 1 <= rate <= 240:
            return exact_rate(float(rate)) if "." in text else rate
    except (ValueError, ZeroDivisionError):
        pass
    raise RequestError(f"“{text}” is not a frame rate.", "Use frames per second, from 1 to 240: 25, 29.97, 30000/1001.")


def find_clip(cut: Cut, reference: str) -> Clip:
    """The clip with this number, from 1. Raises RequestError if there is none."""
    from engine.errors import RequestError

    if reference.isascii() and reference.isdigit() and 1 <= int(reference) <= len(cut.clips):
        return cut.clips[int(reference) - 1]
    has = f"“{cut.name}” has {len(cut.clips)}" if cut.clips else f"“{cut.name}” is empty"
    raise RequestError(f"There is no clip {reference}.", f"{has}; cwtui cut show lists the clips by number.")


def find_clips(cut: Cut, references: Sequence[str]) -> list[Clip]:
    """The clips of numbers and ranges of numbers (5-9), in the order of the cut, without duplicates."""
    from engine.errors import RequestError

    found: dict[int, Clip] = {}
    for reference in references:
        first, dash, last = reference.replace("–", "-").partition("-")
        ends = [cut.index_of(find_clip(cut, one).id) for one in ([first, last] if dash else [first])]
        if ends[0] > ends[-1]:
            raise RequestError(f"The range {reference} ends before it begins.", f"Use {last}-{first}.")
        found |= {index: cut.clips[index] for index in range(ends[0], ends[-1] + 1)}
    return [found[index] for index in sorted(found)]


def apply_edit(
    name: str | None,
    project: str | None,
    studio: Path | None,
    as_json: bool,
    change: Callable[[Cut, dict[str, int]], Cut],
    title: str | Callable[[Cut], str],
) -> None:
    """Changes a cut, as one entry of the journal, and prints what changed.

    `change` gets the cut and the lengths of the takes, in its ticks.
    """
    with project_cuts(project, studio) as cuts:
        found = cuts.name(name)
        before = cuts.read(found)
        report_losses(cuts.losses(found))
        edit = cuts.edit(found, lambda cut: change(cut, cuts.lengths(cut.rate)), title)
        show_change(cuts, edit, before, as_json)


def show_change(cuts: ProjectCuts, edit: Edit | None, before: Cut, as_json: bool) -> None:
    """Prints the edit and the length before and after it; as JSON, the edit and the whole cut."""
    after = cuts.read(before.name)
    if as_json:
        show_json({"edit": edit.model_dump(mode="json") if edit else None, "cut": cut_json(after, cuts)})
        return
    if edit is None:
        human_console().print(f"[grey62]· {quoted(before.name)}: no change[/]", soft_wrap=True)
        return
    lengths = [time_text(cut.length, cut) for cut in (before, after)]
    length = f"{lengths[0]} → {lengths[1]}" if before.length != after.length else lengths[1]
    human_console().print(f"[green]✓[/] {quoted(edit.title)}  [grey62]{length}[/]", soft_wrap=True)


def read_cut(cuts: ProjectCuts, name: str | None) -> Cut:
    """A cut by name, None for the only one; says what its file has and a cut has not."""
    cut = cuts.read(cuts.name(name))
    report_losses(cuts.losses(cut.name))
    return cut


def report_losses(losses: Sequence[str]) -> None:
    """Prints on stderr what the file of another program has and a cut has not."""
    for loss in losses:
        error_console().print(f"[yellow]![/] {quoted(loss)}", soft_wrap=True)


def cut_json(cut: Cut, cuts: ProjectCuts) -> dict[str, Any]:
    """The cut as JSON: its values, and each clip with its number, position and the label of its take."""
    from engine.time import rational
    from engine.timeline import cut_to_items

    head, *clips = cut_to_items(cut)
    media = cuts.media
    return {
        "name": cut.name,
        **{name: value for name, value in head.items() if name not in ("metadata", "titles")},
        "titles": titles_json(cut),
        "length": cut.length,
        "duration": rational(cut.duration),
        "losses": list(cuts.losses(cut.name)),
        "clips": [
            {
                "number": number,
                "position": position,
                "label": label_of(clip, media[clip.take].label if clip.take in media else None),
                **{name: value for name, value in item.items() if name != "metadata"},
            }
            for number, (clip, position, item) in enumerate(zip(cut.clips, cut.positions, clips, strict=True), 1)
        ],
    }


def titles_json(cut: Cut) -> list[dict[str, Any]]:
    """The titles of a cut, each with its number and its time, without the content of their templates."""
    from engine.time import rational

    return [
        {
            "number": number,
            "template": title.template,
            "version": title.version,
            "start": title.start,
            "length": title.length,
            "time": rational(title.start / cut.rate),
            "duration": rational(title.length / cut.rate),
            "fields": dict(title.fields),
        }
        for number, title in enumerate(cut.titles, 1)
    ]


def label_of(clip: Clip, label: str | None) -> str:
    """What a clip shows: the label of its take, “gap”, or the name of media that the project does not have."""
    from engine.timeline import FOREIGN

    if clip.take is None:
        return "gap"
    return label or f"{clip.name or clip.take.removeprefix(FOREIGN)} (missing)"


def time_text(ticks: int, cut: Cut) -> str:
    """Ticks of a cut as HH:MM:SS.hh."""
    from engine.time import format_time

    return format_time(ticks / cut.rate, 2)
