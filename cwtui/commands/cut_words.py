"""The verb `cwtui cut words`, and the result of the automatic cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._cut_words import unless_changed, words_in
from cwtui.commands._cuts import CutOption, cut_json, show_change, time_text
from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.studio import ProjectCuts, ProjectWords
    from engine.timeline import Assembly, Choice, Cut, CutWord

WordsOption = Annotated[
    list[str] | None, typer.Option(metavar="NUMBERS", help="Words by number or range of numbers (5-9). Repeatable.")
]


def words(
    delete: WordsOption = None,
    keep: WordsOption = None,
    move: Annotated[str | None, typer.Option("--move", metavar="NUMBERS", help="Words to move.")] = None,
    before: Annotated[int | None, typer.Option("--before", help="The number of the word to move before.")] = None,
    to_end: Annotated[bool, typer.Option("--to-end", help="Move after the last word.")] = False,
    unit: Annotated[
        Literal["word", "sentence", "turn"],
        typer.Option("--unit", help="Extend the numbers to whole sentences, or to turns of a speaker."),
    ] = "word",
    find: Annotated[str | None, typer.Option("--find", help="List only places where this phrase is said.")] = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the words of a cut by number, or delete, keep or move words. Picture and sound follow."""
    from engine.errors import RequestError
    from engine.timeline import delete_words, find_words, keep_words, move_words, words_of

    edits = sum((bool(delete), bool(keep), move is not None))
    if edits > 1 or (move is None) != (before is None and not to_end) or (before is not None and to_end):
        raise RequestError(
            "The edit is incomplete or ambiguous.", "Use one of --delete, --keep, and --move with --before or --to-end."
        )
    with words_in(name, project, studio) as (cuts, found, cut, spoken):
        said = words_of(cut, spoken)
        if not edits:
            ranges = find_words(said, find) if find is not None else None
            _show_words(cut, said, ranges, as_json, cuts)
            return
        numbers = [_range(text, said, unit) for text in delete or keep or [move or ""]]
        text = _quote(said, numbers[0]) + (f" and {len(numbers) - 1} more" if len(numbers) > 1 else "")
        if move is not None:
            target = len(said) if before is None else before - 1
            title, change = f"{text} moved", lambda one: move_words(one, spoken, numbers[0], target, found.levels)
        elif delete:
            title, change = f"{text} deleted", lambda one: delete_words(one, spoken, numbers, found.levels)
        else:
            title, change = f"only {text} kept", lambda one: keep_words(one, spoken, numbers, found.levels)
        show_change(cuts, cuts.edit(cut.name, unless_changed(cut, change), title), cut, as_json)


def add_automatic(cuts: ProjectCuts, found: ProjectWords, assembly: Assembly, as_json: bool) -> None:
    """Stores an automatic cut, and prints its clips with the reasons, the lines nobody says, and the unused takes."""
    edit = cuts.add(assembly.cut, "cut automatically")
    cut, labels = assembly.cut, {take.id: take.label for take in found.takes.values()}
    if as_json:
        show_json(
            {
                "edit": edit.model_dump(mode="json"),
                "cut": cut_json(cut, cuts),
                "choices": [
                    {"clip": number, **_choice_json(assembly.choices[clip.id])}
                    for number, clip in enumerate(cut.clips, 1)
                    if clip.id in assembly.choices
                ],
                "unsaid": [{"line": line.number, "text": line.text} for line in assembly.unsaid],
                "left_out": [{"take": one.label, "reason": one.reason} for one in assembly.left_out],
            }
        )
        return
    console = human_console()
    for number, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True), 1):
        console.print(
            f"{number:4d}  {time_text(position, cut)}  [bold]{quoted(labels.get(clip.take or '', 'gap'))}[/]  "
            f"{quoted(clip.name)}",
            soft_wrap=True,
        )
        console.print(f"      [grey62]{quoted(clip.reason)}[/]", soft_wrap=True)
    for line in assembly.unsaid:
        console.print(f"[yellow]![/] nobody says line {line.number}: {quoted(line.text)}", soft_wrap=True)
    for one in assembly.left_out:
        console.print(f"[grey62]–[/] {quoted(one.label)} is not used: {quoted(one.reason)}", soft_wrap=True)
    console.print(
        f"[green]✓[/] [bold]{quoted(cut.name)}[/]  {time_text(cut.length, cut)}  "
        "[grey62]cwtui cut suggest lists further edits[/]"
    )


def _range(text: str, said: Sequence[CutWord], unit: str) -> tuple[int, int]:
    """The word numbers (from 0, exclusive) of 5 or 5-9, extended to whole sentences or turns."""
    from engine.errors import RequestError
    from engine.timeline import sentence_of, turn_of

    parts = re.fullmatch(r"(\d+)(?:[-–](\d+))?", text.strip())
    first, last = (int(parts[1]), int(parts[2] or parts[1])) if parts else (0, 0)
    if not 1 <= first <= last <= len(said):
        raise RequestError(
            f"The cut has no words “{text}”.", f"Use numbers from 1 to {len(said)}: cwtui cut words lists them."
        )
    if unit == "word":
        return first - 1, last
    of = sentence_of if unit == "sentence" else turn_of
    return of(tuple(said), first - 1)[0], of(tuple(said), last - 1)[1]


def _show_words(
    cut: Cut, said: Sequence[CutWord], ranges: Sequence[tuple[int, int]] | None, as_json: bool, cuts: ProjectCuts
) -> None:
    from engine.timeline import sentence_of, text_of

    if as_json:
        shown = said if ranges is None else [word for a, b in ranges for word in said[a:b]]
        rows = [
            {
                "number": word.number + 1,
                "clip": word.clip + 1,
                "text": word.text,
                "start": [word.start, 48_000],
                "end": [word.end, 48_000],
                "speaker": word.word.speaker,
            }
            for word in shown
        ]
        show_json({"cut": cut.name, "words": rows})
        return
    if ranges is None:
        ranges, at = [], 0
        while at < len(said):
            first, last = sentence_of(tuple(said), at)
            ranges.append((at, max(last, at + 1)))
            at = ranges[-1][1]
    console = human_console()
    for first, last in ranges:
        time = time_text(int(said[first].start * cut.rate / 48_000), cut)
        numbers = f"{first + 1}-{last}" if last > first + 1 else str(last)
        console.print(f"[grey62]{numbers:>9}  {time}[/]  {quoted(text_of(list(said[first:last])))}", soft_wrap=True)


def _quote(said: Sequence[CutWord], numbers: tuple[int, int]) -> str:
    from engine.timeline import text_of

    text = text_of(list(said[numbers[0] : numbers[1]]))
    return f"“{text if len(text) <= 40 else text[:39].rstrip() + '…'}”"


def _choice_json(choice: Choice) -> dict[str, Any]:
    from dataclasses import asdict

    from cwtui.commands._faces import face_json

    return {
        "reason": choice.reason,
        "group": choice.line.reason,
        "line": choice.line.line,
        "text": choice.line.text,
        "readings": [
            {
                "take": reading.take.media.label,
                "chosen": n == choice.chosen,
                "note": choice.notes[n],
                **asdict(measures),
                "face": face_json(measures.face),
            }
            for n, (reading, measures) in enumerate(zip(choice.line.readings, choice.measures, strict=True))
        ],
    }


COMMANDS: tuple[Callable[..., Any], ...] = (words,)
