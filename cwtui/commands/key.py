"""Commands for the keyframes of a clip's look: set, move, delete, list."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._cuts import apply_edit, find_clip, parse_ticks, project_cuts, time_text
from cwtui.commands._options import ProjectOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.listed_command import new_app
from engine.keyframes import Interpolation

if TYPE_CHECKING:
    from engine.keyframes import Tangent
    from engine.looks import Look, Parameter
    from engine.timeline import Clip, Cut

key = new_app("key", help="Animate the look of a clip by keyframes.")

CutArgument = Annotated[str, typer.Argument(metavar="CUT", help="The cut.")]
ClipArgument = Annotated[str, typer.Argument(metavar="CLIP", help="The clip, by its number in cwtui cut show.")]
ParameterArgument = Annotated[
    str, typer.Argument(metavar="PARAMETER", help="A number of the clip's look, as exposure.stops.")
]
AtOption = Annotated[str, typer.Option("--at", help="The time in the cut: 1.5, 1:30, 00:00:01:12, 36f.")]
_TANGENT = "its length (a time, as 0.5 or 12f) and height, as 12f,-0.5"


# A negative value is no option.
@key.command("set", context_settings={"ignore_unknown_options": True})
def set_(
    cut: CutArgument,
    clip: ClipArgument,
    parameter: ParameterArgument,
    value: Annotated[float, typer.Argument(metavar="VALUE", help="Its value at this time.")],
    at: AtOption,
    interpolation: Annotated[
        Interpolation, typer.Option("--interpolation", help="How the value changes until the next key.")
    ] = "linear",
    leave: Annotated[
        str | None, typer.Option("--leave", metavar="LENGTH,HEIGHT", help=f"The handle after the key: {_TANGENT}.")
    ] = None,
    arrive: Annotated[
        str | None, typer.Option("--arrive", metavar="LENGTH,HEIGHT", help=f"The handle before the key: {_TANGENT}.")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a key of a parameter; it replaces one at the same time."""
    from engine.keyframes import Keyframe
    from engine.looks import check_value
    from engine.timeline import set_key, take_time

    def change(found: Cut, lengths: dict[str, int]) -> Cut:
        chosen = find_clip(found, clip)
        look, one = _parameter(chosen, clip, parameter, studio)
        check_value(look, one, value)
        time = take_time(found, chosen.id, parse_ticks(at, found.rate))
        handles = (_tangent(leave, found.rate), _tangent(arrive, found.rate))
        return set_key(found, chosen.id, parameter, Keyframe(time, value, interpolation, *handles))

    apply_edit(cut, project, studio, as_json, change, f"clip {clip}: {parameter} {value:g} at {at}")


@key.command()
def move(
    cut: CutArgument,
    clip: ClipArgument,
    parameter: ParameterArgument,
    at: AtOption,
    to: Annotated[str, typer.Option("--to", help="The new time in the cut; +0.5 or -0.5 moves it.")],
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a key to another time."""
    from engine.timeline import move_key, take_time

    def change(found: Cut, lengths: dict[str, int]) -> Cut:
        chosen, tick = find_clip(found, clip), parse_ticks(at, found.rate)
        moved = parse_ticks(to, found.rate) + (tick if to[:1] in "+-−" else 0)
        time, there = take_time(found, chosen.id, tick, within=False), take_time(found, chosen.id, moved)
        return move_key(found, chosen.id, parameter, time, there)

    apply_edit(cut, project, studio, as_json, change, f"clip {clip}: key of {parameter} at {at} moved to {to}")


@key.command()
def delete(
    cut: CutArgument,
    clip: ClipArgument,
    parameter: ParameterArgument,
    at: AtOption,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a key; without keys, the parameter has its value in the look."""
    from engine.timeline import delete_key, take_time

    def change(found: Cut, lengths: dict[str, int]) -> Cut:
        chosen = find_clip(found, clip)
        time = take_time(found, chosen.id, parse_ticks(at, found.rate), within=False)
        return delete_key(found, chosen.id, parameter, time)

    apply_edit(cut, project, studio, as_json, change, f"clip {clip}: key of {parameter} at {at} deleted")


@key.command("list")
def list_(
    cut: CutArgument,
    clip: Annotated[str | None, typer.Argument(metavar="[CLIP]", help="Only this clip.")] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the keys of a cut by clip and parameter, at their times in the cut."""
    with project_cuts(project, studio) as cuts:
        found = cuts.read(cuts.name(cut))
    chosen = [find_clip(found, clip)] if clip is not None else list(found.clips)
    rows = [row for one in chosen for row in _rows(found, one)]
    if as_json:
        show_json({"cut": found.name, "keys": rows})
        return
    if not rows:
        human_console().print(f"no keys in {quoted(found.name)}", soft_wrap=True)
        return
    from cwtui.commands._tables import plain_table

    table = plain_table("clip", "look", "parameter", "time", "value", "until the next key", right=("value",))
    for row in rows:
        when = time_text(row["tick"], found) if row["tick"] >= 0 else "before the cut"
        table.add_row(
            str(row["clip"]),
            quoted(row["look"]),
            quoted(row["parameter"]),
            when if row["shown"] else f"[grey62]{when}, not shown[/]",
            f"{row['value']:g}",
            row["interpolation"],
        )
    human_console().print(table)


def _rows(cut: Cut, clip: Clip) -> list[dict[str, Any]]:
    from math import floor

    from engine.time import rational
    from engine.timeline import curves_of, cut_tick

    number = cut.index_of(clip.id) + 1
    first = cut.positions[number - 1]
    rows = []
    for parameter, curve in curves_of(clip).items():
        for one in curve.keys:
            tick = cut_tick(cut, clip.id, one.time)
            rows.append(
                {
                    "clip": number,
                    "look": clip.look,
                    "parameter": parameter,
                    "tick": floor(tick),
                    "time": rational(tick / cut.rate),
                    "take_time": rational(one.time),
                    "value": one.value,
                    "interpolation": one.interpolation,
                    "leave": _handle(one.leave),
                    "arrive": _handle(one.arrive),
                    "shown": first <= tick <= first + clip.length,
                }
            )
    return rows


def _handle(tangent: Tangent | None) -> dict[str, Any] | None:
    from engine.time import rational

    return {"time": rational(tangent.time), "value": tangent.value} if tangent else None


def _parameter(clip: Clip, number: str, path: str, studio: Path | None) -> tuple[Look, Parameter]:
    """The look of a clip and its parameter. Raises RequestError if the clip has no look of its own."""
    from engine.errors import RequestError
    from engine.looks import OWN_LOOKS, load_look, parameter_named
    from engine.timeline import NO_LOOK

    if clip.look in ("", NO_LOOK):
        raise RequestError(
            f"Clip {number} has no look of its own.", f"Set one first: cwtui look apply CUT {number} NAME"
        )
    look = load_look(clip.look, studio_folder(studio) / OWN_LOOKS)
    return look, parameter_named(look, path)


def _tangent(text: str | None, rate: Fraction) -> Tangent | None:
    from engine.errors import RequestError
    from engine.keyframes import Tangent

    if text is None:
        return None
    length, comma, height = text.partition(",")
    try:
        value, ticks = float(height), parse_ticks(length, rate)
        if comma and ticks >= 0 and isfinite(value):
            return Tangent(ticks / rate, value)
    except ValueError:
        pass
    raise RequestError(f"“{text}” is not a handle.", f"Write {_TANGENT}.")
