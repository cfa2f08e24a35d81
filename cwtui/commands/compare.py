"""The command that compares two takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import ProjectOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.catalog import Edit
    from engine.studio import ComparedTake, TakeComparison

# A span of equal words is shown by its first and last ones.
_EDGE_WORDS = 4


def compare(
    first: Annotated[str, typer.Argument(metavar="TAKE", help="A take, by number or name.")],
    second: Annotated[str, typer.Argument(metavar="OTHER", help="The take to compare it with.")],
    winner: Annotated[
        str | None, typer.Option("--winner", help="Keep this one of the two, and mark the other as its retake.")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two takes: length, loudness, pace, condition, and the words that only one of them has."""
    from engine.errors import RequestError
    from engine.studio import Studio, compare_takes

    edit = None
    with Studio(studio_folder(studio)) as opened_studio:
        chosen = opened_studio.project(project)
        takes = [opened_studio.take(reference, chosen) for reference in (first, second)]
        best = opened_studio.take(winner, chosen) if winner is not None else None
        if best and best.id not in (take.id for take in takes):
            raise RequestError(
                f"{best.label} is neither of the two takes.", f"Use --winner {takes[0].number} or {takes[1].number}."
            )
        compare_takes(opened_studio, *takes)
        if best:
            other = next(take for take in takes if take.id != best.id)
            edit = opened_studio.catalog.reviews.set_winner(best, other)
        found = compare_takes(opened_studio, *takes)
    if as_json:
        show_json(_as_json(found, edit))
    else:
        _show(found, edit, decided=best is not None)


def _as_json(found: TakeComparison, edit: Edit | None) -> dict[str, Any]:
    return {
        "takes": [_take_json(one) for one in (found.first, found.second)],
        "words": [
            {"same": span.same, "text": list(texts)} for span, texts in zip(found.spans, _texts(found), strict=True)
        ]
        if _transcribed(found)
        else None,
        "edit": edit.model_dump(mode="json") if edit else None,
    }


def _take_json(one: ComparedTake) -> dict[str, Any]:
    from cwtui.commands._conditions import condition_json
    from cwtui.commands._faces import face_json
    from engine.time import rational

    return {
        "take": one.take.label,
        "number": one.take.number,
        "duration": rational(one.take.probe.duration),
        "loudness_lufs": one.loudness.integrated_lufs if one.loudness else None,
        "true_peak_dbtp": one.loudness.true_peak_dbtp if one.loudness else None,
        "words": one.words,
        "words_per_minute": one.words_per_minute,
        "longest_pause": None if one.longest_pause is None else rational(one.longest_pause),
        "face": face_json(one.face),
        "condition": condition_json(one.condition),
        "review": one.review.model_dump(mode="json", exclude={"take_id"}),
    }


def _show(found: TakeComparison, edit: Edit | None, *, decided: bool) -> None:
    from cwtui.commands._tables import plain_table, review_line
    from cwtui.take_measures import take_measures

    console, sides = human_console(), (found.first, found.second)
    table = plain_table("", *(quoted(one.take.label) for one in sides))
    table.add_row("decision", *(review_line(one.review) or "[grey62]undecided[/]" for one in sides))
    for (name, one), (_, other) in zip(*map(take_measures, sides), strict=True):
        table.add_row(name, quoted(one), quoted(other))
    console.print(table)
    if not _transcribed(found):
        console.print(f"[grey62]· no word differences: cwtui prepare {_missing(found)} makes the transcript[/]")
    elif not any(span for span in found.spans if not span.same):
        console.print("[grey62]· the same words in both[/]")
    else:
        numbers = [f"{one.take.number:03d}" for one in sides]
        for span, (mine, other) in zip(found.spans, _texts(found), strict=True):
            if span.same:
                console.print(f"[grey62]both  {quoted(_shortened(mine))}[/]", soft_wrap=True)
                continue
            for number, text in zip(numbers, (mine, other), strict=True):
                if text:
                    console.print(f"[yellow]{number}[/]   {quoted(text)}", soft_wrap=True)
    if edit:
        console.print(f"[green]✓[/] {quoted(edit.title)}", soft_wrap=True)
    elif decided:
        console.print("[grey62]· no change[/]")


def _texts(found: TakeComparison) -> list[tuple[str, str]]:
    """The text of each span in both takes."""
    from engine.speech import running_text

    words = [one.transcript.words if one.transcript else () for one in (found.first, found.second)]
    return [(running_text(words[0][slice(*s.mine)]), running_text(words[1][slice(*s.other)])) for s in found.spans]


def _transcribed(found: TakeComparison) -> bool:
    return found.first.transcript is not None and found.second.transcript is not None


def _missing(found: TakeComparison) -> str:
    return " ".join(str(one.take.number) for one in (found.first, found.second) if one.transcript is None)


def _shortened(text: str) -> str:
    words = text.split()
    if len(words) <= 2 * _EDGE_WORDS + 1:
        return text
    return f"{' '.join(words[:_EDGE_WORDS])} … {' '.join(words[-_EDGE_WORDS:])}"


COMMANDS = (compare,)
