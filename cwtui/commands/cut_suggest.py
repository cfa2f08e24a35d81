"""Verbs of `cwtui cut` for suggested edits: suggest, accept, refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._cut_words import unless_changed, words_in
from cwtui.commands._cuts import CutOption, show_change, time_text
from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.studio import ProjectWords
    from engine.timeline import Cut, Suggestion, TakeWords

KindsOption = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only suggestions of this kind: silence, filler, restart, repeat, aside. Repeatable."),
]
LeastOption = Annotated[float, typer.Option("--least", min=0, max=1, help="The least confidence.")]
LongestOption = Annotated[
    float, typer.Option("--silences", min=0.2, max=60, help="Shorten silences that are longer than this, in seconds.")
]
KeptOption = Annotated[float, typer.Option("--to", min=0.04, max=10, help="Seconds that a shortened silence keeps.")]
SuggestionsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="SUGGESTION...", help="Suggestions by number, range of numbers (3-7), key or kind."),
]
AllOption = Annotated[bool, typer.Option("--all", help="All suggestions.")]


def suggest(
    kinds: KindsOption = None,
    least: LeastOption = 0.7,
    longest: LongestOption = 0.8,
    kept: KeptOption = 0.4,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List suggested edits: silences, fillers, false starts, repeated readings, sentences to the crew."""
    from engine.time import rational

    with words_in(name, project, studio) as (_, found, cut, spoken):
        listed = _suggestions(found, cut, spoken, (kinds, least, longest, kept))
        saved = sum((one.saved for one in listed), Fraction(0))
        if as_json:
            rows = [{"number": number, **_suggestion_json(one)} for number, one in enumerate(listed, 1)]
            show_json({"cut": cut.name, "saved": rational(saved), "suggestions": rows})
            return
        console = human_console()
        for number, one in enumerate(listed, 1):
            console.print(
                f"{number:4d}  {time_text(int(one.start * cut.rate / 48_000), cut)}  {one.kind:<8} "
                f"[bold]{quoted(one.text)}[/]  {one.confidence:.2f}  [grey62]{quoted(one.reason)}[/]",
                soft_wrap=True,
            )
        count = f"{len(listed)} suggestions, {float(saved):.1f} s shorter" if listed else "no suggestions"
        console.print(f"[grey62]· {count}[/]")


def accept(
    references: SuggestionsArgument = None,
    everything: AllOption = False,
    kinds: KindsOption = None,
    least: LeastOption = 0.7,
    longest: LongestOption = 0.8,
    kept: KeptOption = 0.4,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply suggestions as one edit. Numbers are those that cwtui cut suggest lists with the same options."""
    from engine.timeline import accept as apply

    with words_in(name, project, studio) as (cuts, found, cut, spoken):
        chosen = _chosen(_suggestions(found, cut, spoken, (kinds, least, longest, kept)), references, everything)
        change = unless_changed(cut, lambda one: apply(one, spoken, chosen, found.levels))
        edit = cuts.edit(cut.name, change, f"{_count(chosen)} accepted")
        show_change(cuts, edit, cut, as_json)


def refuse(
    references: SuggestionsArgument = None,
    everything: AllOption = False,
    offer_again: Annotated[bool, typer.Option("--offer-again", help="Offer all refused suggestions again.")] = False,
    kinds: KindsOption = None,
    least: LeastOption = 0.7,
    longest: LongestOption = 0.8,
    kept: KeptOption = 0.4,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do not suggest these edits again in this cut."""
    from dataclasses import replace

    from engine.timeline import refuse as apply

    with words_in(name, project, studio) as (cuts, found, cut, spoken):
        if offer_again:
            edit = cuts.edit(
                cut.name, lambda one: replace(one, refused=frozenset()), "refused suggestions offered again"
            )
        else:
            chosen = _chosen(_suggestions(found, cut, spoken, (kinds, least, longest, kept)), references, everything)
            edit = cuts.edit(cut.name, lambda one: apply(one, chosen), f"{_count(chosen)} refused")
        show_change(cuts, edit, cut, as_json)


def _suggestions(
    found: ProjectWords,
    cut: Cut,
    spoken: dict[str, TakeWords],
    options: tuple[Sequence[str] | None, float, float, float],
) -> list[Suggestion]:
    from engine.errors import RequestError
    from engine.suggestion import hint_with_suggestion
    from engine.timeline import KINDS, SilenceRule
    from engine.timeline import suggest as find

    kinds, least, longest, kept = options
    if unknown := next((one for one in kinds or () if one not in KINDS), None):
        raise RequestError(
            f"There is no kind of suggestion “{unknown}”.",
            hint_with_suggestion(unknown, KINDS, f"Use {', '.join(KINDS)}."),
        )
    rule = SilenceRule(Fraction(str(longest)), Fraction(str(min(kept, longest))))
    return find(
        cut,
        spoken,
        kinds=[one for one in KINDS if not kinds or one in kinds],
        silences=rule,
        least=least,
        levels=found.coarse_levels,
        script=found.script,
    )


def _chosen(found: Sequence[Suggestion], references: Sequence[str] | None, everything: bool) -> list[Suggestion]:
    from engine.errors import RequestError
    from engine.timeline import suggestions_named

    if bool(references) == everything:
        raise RequestError("The suggestions are missing or ambiguous.", "Name suggestions, or use --all.")
    return list(found) if everything else suggestions_named(found, references or ())


def _count(chosen: Sequence[Suggestion]) -> str:
    if len(chosen) == 1:
        return f"{chosen[0].kind} “{chosen[0].text}”"
    return f"{len(chosen)} suggestions"


def _suggestion_json(one: Suggestion) -> dict[str, Any]:
    from engine.time import rational

    return {
        "key": one.key,
        "kind": one.kind,
        "words": [one.first + 1, one.last] if one.last > one.first else None,
        "text": one.text,
        "start": [one.start, 48_000],
        "end": [one.end, 48_000],
        "saved": rational(one.saved),
        "confidence": one.confidence,
        "reason": one.reason,
    }


COMMANDS: tuple[Callable[..., Any], ...] = (suggest, accept, refuse)
