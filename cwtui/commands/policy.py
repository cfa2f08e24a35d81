"""Commands for policies: list, explain a decision, choose a plan, set what may leave this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._confirm import YesOption, confirm, require_answer
from cwtui.commands._options import ProjectOption, StudioOption, set_studio_folder, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of
from cwtui.listed_command import new_app

if TYPE_CHECKING:
    from engine.policy import Decision, PolicyLibrary, PolicyRequest, Value
    from engine.studio import Studio

policy = new_app("policy", help="Show and set what is permitted.", invoke_without_command=True)
_MOST_SHOWN = 20
# The attribute that names the subject of a decision.
_SUBJECTS = ("recipe", "format", "material")


@policy.callback()
def _default(context: typer.Context, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Show and set what is permitted."""
    if studio is not None:
        set_studio_folder(studio)
    if context.invoked_subcommand is None:
        _list(studio, as_json)


@policy.command("list")
def list_(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the policies with their rules, the chosen plan, and what of each project may leave this machine."""
    _list(studio, as_json)


@policy.command()
def why(
    action: Annotated[str, typer.Argument(help="deliver, export, download, send, listen or farm.")],
    attributes: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=VALUE...", help="Attributes: recipe=youtube-4k, long_edge=3840.")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain whether an action is permitted, and by which rule. Nothing is done or recorded.

    A recipe brings its codec, its longest side and its watermark; a project what may leave this machine. The exit code
    is 3 if the action is refused.
    """
    from cwtui.commands._studio import gate_of
    from engine.errors import GateError, RequestError
    from engine.policy import explanation, parse_request, refusal

    texts: dict[str, str] = {}
    for one in attributes or ():
        name, mark, text = one.partition("=")
        if not mark:
            raise RequestError(f"“{one}” is not an attribute.", "Write NAME=VALUE, such as recipe=youtube-4k.")
        texts[name] = text
    request = _completed(parse_request(action, texts), project, studio)
    decision = gate_of(studio).decide(request)
    if as_json:
        show_json({**_decision_json(decision), "message": None if decision.permitted else refusal(decision)})
    else:
        console = human_console()
        mark, text = ("[green]✓[/]", decision.reason) if decision.permitted else ("[red]✗[/]", refusal(decision))
        console.print(f"{mark} {quoted(text)}", soft_wrap=True)
        console.print(f"  [yellow]→[/] {quoted(explanation(decision))}", soft_wrap=True)
        console.print(f"  {quoted(', '.join(f'{name}={_text(value)}' for name, value in request.values.items()))}")
    if not decision.permitted:
        raise typer.Exit(GateError.exit_code)


@policy.command()
def plan(
    name: Annotated[str, typer.Argument(help="The plan: creator, free, or one of your own.")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose the plan of the studio."""
    from cwtui.commands._studio import open_or_create_studio

    with open_or_create_studio(studio) as opened_studio:
        chosen = opened_studio.gate.library.require_plan(name)
        opened_studio.catalog.policies.choose_plan(chosen.name)
    if as_json:
        show_json({"plan": chosen.name})
    else:
        human_console().print(f"[green]✓[/] The plan of this studio is {quoted(chosen.title)}.")


@policy.command()
def privacy(
    step: Annotated[str, typer.Argument(help="nothing, deliverables, proxies or originals.")],
    project: ProjectOption = None,
    yes: YesOption = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set what of a project may leave this machine, after confirmation. Each step includes the ones before."""
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError
    from engine.policy import LEAVES
    from engine.suggestion import hint_with_suggestion

    if step not in LEAVES:
        hint = hint_with_suggestion(step, LEAVES, f"Steps: {', '.join(LEAVES)}.")
        raise RequestError(f"There is no privacy step “{step}”.", hint)
    with open_studio(studio) as opened_studio:
        found = opened_studio.project(project)
        before = opened_studio.catalog.policies.leaves(found)
        # Only a step that permits more needs a yes.
        if LEAVES.index(step) > LEAVES.index(before):
            require_answer(f"Permitting {step} of “{found.name}” to leave this machine", yes)
            allowed = ", ".join(LEAVES[1 : LEAVES.index(step) + 1])
            confirm(f"May {allowed} of “{found.name}” leave this machine?", yes, "Nothing was changed.")
        opened_studio.catalog.policies.set_leaves(found, step)
    if as_json:
        show_json({"project": found.name, "leaves": step, "before": before})
    else:
        human_console().print(f"[green]✓[/] May leave this machine from “{quoted(found.name)}”: {step}")


@policy.command()
def decisions(
    most: Annotated[int, typer.Option("--most", "-n", min=1, help="The number of decisions.")] = _MOST_SHOWN,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the latest decisions, newest first."""
    from cwtui.commands._studio import open_studio

    with open_studio(studio) as opened_studio:
        found = opened_studio.catalog.policies.decisions(most)
    if as_json:
        show_json({"decisions": [one.model_dump(mode="json") for one in found]})
        return
    if not found:
        human_console().print("no decisions yet")
        return
    console = human_console()
    for one in found:
        mark = "[green]✓[/]" if one.permitted else "[red]✗[/]"
        when = f"{one.at.astimezone():%d %b %H:%M}" if one.at else ""
        subject = next((str(one.attributes[name]) for name in _SUBJECTS if one.attributes.get(name)), "")
        rule = f" [grey62]{quoted(one.rule)}[/]" if one.rule else ""
        console.print(f"{mark} {when}  {one.action} {quoted(subject)}: {quoted(one.reason)}{rule}", soft_wrap=True)


def _list(studio: Path | None, as_json: bool) -> None:
    from cwtui.commands._studio import connect, gate_of
    from engine.catalog import Catalog

    library = gate_of(studio).library
    leaves: dict[str, str] = {}
    if Catalog.exists_in(studio_folder(studio)):
        with connect(studio_folder(studio)) as opened_studio:
            leaves = _leaves(opened_studio)
    if as_json:
        show_json(_library_json(library, leaves))
        return
    console = human_console()
    for one in (*library.active, *(other for other in library.plans if other.name != library.plan)):
        state = "" if one.kind == "rules" else "  chosen plan" if one.name == library.plan else "  plan, not chosen"
        console.print(f"[cyan]{quoted(one.title)}[/]{state}  [grey62]{quoted(one.path)}[/]", soft_wrap=True)
        for rule in one.rules:
            mark = "[green]permits[/]" if rule.effect == "permit" else "[red]forbids[/]"
            actions = ", ".join(sorted(rule.actions))
            console.print(f"  {mark} {actions}: {quoted(rule.reason)} [grey62]{rule.id}[/]", soft_wrap=True)
    for name, step in leaves.items():
        console.print(f"May leave this machine from “{quoted(name)}”: {step}", soft_wrap=True)
    for path, error in library.unreadable:
        console.print(f"[red]✗[/] {quoted(error.message)} Every action is refused.", soft_wrap=True)
        console.print(f"  [yellow]→[/] {quoted(path)}", soft_wrap=True)


def _leaves(studio: Studio) -> dict[str, str]:
    return {one.name: studio.catalog.policies.leaves(one) for one in studio.catalog.projects()}


def _completed(request: PolicyRequest, project: str | None, studio: Path | None) -> PolicyRequest:
    """The request with the attributes of its recipe, or of the project."""
    from cwtui.commands._studio import open_studio
    from engine.policy import PolicyRequest

    known: dict[str, Value] = {}
    if request.action == "deliver" and "recipe" in request.values:
        from engine.deliver import OWN_RECIPES, load_recipe

        recipe = load_recipe(
            preset_of(str(request.values["recipe"]), studio, project), studio_folder(studio) / OWN_RECIPES
        )
        picture = recipe.picture
        known = {
            "codec": "exr" if recipe.frames else picture.codec if picture else "",
            "long_edge": picture.long_edge if picture else 0,
            "watermark": picture is not None and "watermark" in picture.burn_in,
        }
    if request.action == "send" and "leaves" not in request.values:
        with open_studio(studio) as opened_studio:
            known = {"leaves": opened_studio.catalog.policies.leaves(opened_studio.project(project))}
    return PolicyRequest(request.action, {**known, **request.values})


def _decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "action": decision.request.action,
        "attributes": dict(decision.request.values),
        "permitted": decision.permitted,
        "reason": decision.reason,
        "rule": decision.rule.id if decision.rule else None,
        "file": str(decision.policy.path) if decision.policy else None,
        "line": decision.line,
        "owner": decision.policy.owner if decision.policy else None,
        "change": decision.policy.change if decision.policy else None,
        "error": decision.error,
    }


def _library_json(library: PolicyLibrary, leaves: dict[str, str]) -> dict[str, Any]:
    return {
        "plan": library.plan,
        "leaves": leaves,
        "policies": [
            {
                "name": one.name,
                "title": one.title,
                "kind": one.kind,
                "active": one in library.active,
                "path": str(one.path),
                "owner": one.owner,
                "change": one.change,
                "rules": [
                    {"id": rule.id, "effect": rule.effect, "actions": sorted(rule.actions), "reason": rule.reason}
                    for rule in one.rules
                ],
            }
            for one in library.policies.values()
        ],
        "unreadable": [{"path": str(path), "message": error.message} for path, error in library.unreadable],
    }


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
