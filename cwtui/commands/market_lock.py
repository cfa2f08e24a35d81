"""Commands for new versions, and for the packages that a project has locked."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cwtui.commands._confirm import YesOption, confirm, require_answer
from cwtui.commands._options import ProjectOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

_MARKS = {"right": "[green]✓[/]", "warning": "[yellow]![/]", "wrong": "[red]✗[/]"}


def update(
    packages: Annotated[
        list[str] | None, typer.Argument(metavar="[PACKAGE...]", help="Installed packages (default: all).")
    ] = None,
    yes: YesOption = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Install newer versions. Earlier ones stay, and projects keep the versions that they have locked."""
    from cwtui.commands._progress import working_studio
    from engine.market import InstalledPackage
    from engine.studio import hosts_of, require_market, update_market

    require_market()
    if hosts := hosts_of(studio_folder(studio)):
        require_answer(f"A connection to {', '.join(hosts)}", yes)
        confirm(f"Connect to {', '.join(hosts)}? Only requests for files are sent.", yes, "Nothing was requested.")
    with working_studio(studio_folder(studio)) as opened:
        records = update_market(opened, packages or ())
    if as_json:
        show_json({"installed": records})
        return
    console = human_console()
    for record in map(InstalledPackage.model_validate, records):
        manifest = record.manifest
        console.print(f"[green]✓[/] {manifest.id} {manifest.version} is installed as {record.preset}", soft_wrap=True)
    console.print(
        "Projects keep their versions; cwtui market lock --update PACKAGE changes one."
        if records
        else "No newer version is offered."
    )


def lock(
    package: Annotated[
        str | None, typer.Option("--update", help="A package: lock its newest installed version, or ada/dusk@1.0.0.")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lock the packages that the cuts of a project name, list them, or change a version on purpose."""
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import plain_table
    from engine.studio import lock_project, require_market, update_lock

    require_market()
    with working_studio(studio_folder(studio)) as opened:
        found = opened.project(project)
        changed: dict[str, Any] = {}
        if package:
            name, _, version = package.partition("@")
            change = update_lock(opened, found, name, version or None)
            changed = {
                "package": change.package, "before": change.before, "after": change.after, "cuts": change.cuts
            }  # fmt: skip
        locked = lock_project(opened, found)
    if as_json:
        show_json({"locked": [one.model_dump(mode="json") for one in locked], "changed": changed})
        return
    console = human_console()
    if changed:
        before = " and ".join(changed["before"])
        cuts = ", ".join(f"“{quoted(one)}”" for one in changed["cuts"]) or "no cut"
        console.print(
            f"[green]✓[/] {changed['package']}: {before} → {changed['after']}; changed in {cuts}", soft_wrap=True
        )
    table = plain_table("package", "version", "preset", "licence", "digest")
    for one in locked:
        table.add_row(one.package, one.version, one.preset, one.choice, one.sha256[:12])
    console.print(table if locked else "The cuts of this project name no package.")


def verify(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Verify repositories, packages and the copies in projects. Exits with 1 if something is wrong."""
    from dataclasses import asdict

    from engine.studio import require_market, verify_market

    require_market()
    findings = verify_market(studio_folder(studio))
    wrong = [one for one in findings if one.state == "wrong"]
    if as_json:
        show_json({"findings": [asdict(one) for one in findings], "problems": len(wrong)})
    else:
        console = human_console()
        for one in findings:
            advice = f" {quoted(one.advice)}" if one.advice else ""
            console.print(f"{_MARKS[one.state]} {quoted(one.subject)}: {quoted(one.text)}.{advice}", soft_wrap=True)
        if not findings:
            console.print("There is nothing to verify: no repository is trusted, and no package is installed.")
    if wrong:
        raise typer.Exit(1)


VERBS = (update, lock, verify)
