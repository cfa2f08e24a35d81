"""Commands for packages of looks, titles, sound chains and recipes: trust, search, install, verify."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cwtui.commands import market_lock, market_publish
from cwtui.commands._confirm import YesOption, confirm, require_answer
from cwtui.commands._options import ProjectOption, ReplaceOption, SourceArgument, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.listed_command import group_of, listed_function, new_app

_TRIAL_WIDTH = 1280
_Kind = Literal[
    "look", "lut", "title", "intro", "motion-graphic", "caption-style", "sound-chain", "recipe", "science-recipe"
]
PackageArgument = Annotated[
    str, typer.Argument(metavar="PACKAGE", help="A package: ada/dusk, or one version: ada/dusk@1.0.0.")
]


def trust(
    source: Annotated[
        str, typer.Argument(metavar="FOLDER|URL", help="The folder of the repository, or its https address.")
    ],
    root: Annotated[Path, typer.Option("--root", help="Its root metadata, which you got in a way that you trust.")],
    name: Annotated[str, typer.Option("--name", help="A name for it.")] = "main",
    yes: YesOption = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trust a repository: its packages can be searched and installed."""
    from urllib.parse import urlsplit

    from cwtui.commands._studio import gate_of, open_or_create_studio
    from cwtui.formatting import plural
    from engine.errors import RequestError
    from engine.market import is_address
    from engine.studio import require_market, trust_repository

    require_market()
    _ask([urlsplit(source).netloc] if is_address(source) else [], yes)
    open_or_create_studio(studio).close()
    try:
        content = root.read_bytes()
    except OSError as error:
        raise RequestError(f"{root} cannot be read: {error.strerror}.", "Name the file 1.root.json.") from error
    trusted = trust_repository(studio_folder(studio), name, source, content, gate_of(studio))
    count = len(trusted.catalogue().packages)
    if as_json:
        show_json({"repository": name, "packages": count})
    else:
        offered = plural(count, "package")
        human_console().print(f"[green]✓[/] {quoted(name)} is trusted; it offers {offered}.", soft_wrap=True)


def refresh(yes: YesOption = False, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Get the news of the trusted repositories, and show how old they are."""
    from cwtui.commands._studio import gate_of
    from engine.studio import hosts_of, require_market, trust_ages, trusted_repositories

    require_market()
    folder = studio_folder(studio)
    _ask(hosts_of(folder), yes)
    for repository in trusted_repositories(folder, gate_of(studio)).values():
        repository.refresh()
    _show_ages(trust_ages(folder), as_json)


def search(
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD...", help="Words of the name or the text.")] = None,
    kind: Annotated[_Kind | None, typer.Option("--kind", help="Only packages of this kind.")] = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search the trusted repositories, as they were when they were last refreshed."""
    from cwtui.commands._tables import plain_table
    from engine.studio import require_market, search_market, trust_ages

    require_market()
    folder = studio_folder(studio)
    found = search_market(folder, " ".join(words or ()), kind)
    if as_json:
        show_json({"packages": [{"repository": one.repository, **one.offer.model_dump(mode="json")} for one in found]})
        return
    table = plain_table("package", "version", "kind", "licence", "title")
    for one in found:
        offer = one.offer
        table.add_row(offer.id, offer.version, offer.kind, offer.licence, quoted(offer.title))
    human_console().print(table if found else "No package matches. cwtui market trust adds a repository.")
    if found:
        _show_ages(trust_ages(folder), as_json=False)


def show(package: PackageArgument, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Show a package: what it is, its licence in plain words, and where it comes from."""
    from engine.market import choices_of, obligations_of, read_badges
    from engine.studio import find_offer, require_market
    from engine.units import format_bytes

    require_market()
    found = find_offer(studio_folder(studio), package)
    offer = found.offer
    choices = {choice: obligations_of(choice).words() for choice in choices_of(offer.licence)}
    badges = read_badges(studio_folder(studio), offer.sha256)
    if as_json:
        measured = badges.model_dump(mode="json") if badges else None
        about = {"repository": found.repository, **offer.model_dump(mode="json"), "obligations": choices}
        show_json({**about, "badges": measured})
        return
    console = human_console()
    console.print(f"[bold]{offer.id}[/] {offer.version}  {quoted(offer.title)}", soft_wrap=True)
    console.print(f"[grey62]{offer.kind}, {format_bytes(offer.size)}, from {quoted(found.repository)}[/]")
    if offer.summary:
        console.print(quoted(offer.summary), soft_wrap=True)
    for choice, words in choices.items():
        console.print(f"{choice}: {', '.join(words)}.", soft_wrap=True)
    if badges:
        console.print(f"Installed and measured here: {quoted(', '.join(badges.words()))}.", soft_wrap=True)
    if offer.revoked:
        console.print(f"[red]revoked:[/] {quoted(offer.revoked)}", soft_wrap=True)


def install(
    package: Annotated[
        str, typer.Argument(metavar="PACKAGE|FILE", help="A package: ada/dusk, ada/dusk@1.0.0, or a .cwpkg file.")
    ],
    licence: Annotated[
        str | None, typer.Option("--licence", help="Your choice, if the licence of the package leaves one.")
    ] = None,
    yes: YesOption = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Install a package. It is read in the sandbox, and written again by Cleanwater."""
    from cwtui.commands._progress import working_studio
    from engine.market import InstalledPackage, obligations_of
    from engine.studio import install_package, require_market

    require_market()
    _ask_for(package, studio, yes)
    with working_studio(studio_folder(studio), create=True) as opened:
        result = install_package(opened, package, licence)
    if as_json:
        show_json(result)
        return
    record = InstalledPackage.model_validate(result)
    console = human_console()
    manifest = record.manifest
    console.print(f"[green]✓[/] {manifest.id} {manifest.version} is installed as {record.preset}", soft_wrap=True)
    console.print(f"[grey62]{record.choice}: {', '.join(obligations_of(record.choice).words())}[/]", soft_wrap=True)
    if not record.repository:
        console.print("[yellow]![/] No trusted repository has signed it.", soft_wrap=True)


def try_(
    package: Annotated[
        str, typer.Argument(metavar="PACKAGE|FILE", help="A package with a look: ada/dusk, or a .cwpkg file.")
    ],
    src: SourceArgument,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="The output file: .png (SDR, at most 1280 wide) or .exr (ACEScg, whole)."),
    ],
    at: Annotated[str, typer.Option("--at", help="The time: 1.5, or 0:01.5.")] = "0",
    replace: ReplaceOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try the look of a package on your own take, without installing it: write a frame with it."""
    from contextlib import closing

    from cwtui.commands._studio import connect
    from cwtui.commands.picture import frame
    from engine.errors import RequestError
    from engine.studio import known_trial, read_trial, require_market, try_package

    require_market()
    place = studio_folder(studio)
    folder = known_trial(place, package)
    if folder is None:
        _ask_for(package, studio, yes)
        # Without bars: the job takes a fraction of a second, and their libraries as much.
        with closing(connect(place, create=True)) as opened:
            folder = try_package(opened, package)
    record = read_trial(folder)
    if record.manifest.kind != "look":
        raise RequestError(f"{record.manifest.id} is a {record.manifest.kind}.", "Only looks can be tried on a take.")
    look = str(folder / "looks" / f"{record.preset}.toml")
    # A trial is a preview, which takes the time of its pixels.
    width = _TRIAL_WIDTH if output.suffix.lower() == ".png" else None
    frame(src, output, at, replace=replace, look=look, width=width, project=project, studio=studio, as_json=as_json)


def list_(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the installed packages: their licence, whether a newer version is offered, whether files were changed."""
    from cwtui.commands._tables import plain_table
    from engine.studio import audit_market, require_market

    require_market()
    rows = audit_market(studio_folder(studio))
    if as_json:
        show_json({"packages": rows})
        return
    table = plain_table("package", "version", "preset", "licence", "measured", "state")
    for row in rows:
        named = (row["package"], row["version"], row["preset"], row["licence"])
        table.add_row(*named, _badges(row["badges"]), _state(row))
    human_console().print(table if rows else "No package is installed.")


def remove(
    package: PackageArgument,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove an installed package. Presets that you changed stay."""
    from engine.market import find_installed
    from engine.studio import remove_package, require_market

    require_market()
    name, _, version = package.partition("@")
    found = find_installed(studio_folder(studio), name, version or None)
    users = remove_package(studio_folder(studio), found)
    if as_json:
        show_json({"removed": found.preset, "locked": users})
        return
    human_console().print(f"[green]✓[/] Removed {found.preset}", soft_wrap=True)
    if users:
        human_console().print(f"Its presets stay: {quoted(', '.join(users))} uses it.", soft_wrap=True)


def audit(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Verify the installed packages and show their obligations. Exits with 1 if one was changed or revoked."""
    from engine.studio import audit_market, require_market

    require_market()
    rows = audit_market(studio_folder(studio))
    wrong = [row for row in rows if row["revoked"] or set(row["files"].values()) != {"unchanged"}]
    if as_json:
        show_json({"packages": rows, "problems": len(wrong)})
    else:
        console = human_console()
        for row in rows:
            mark = "[red]✗[/]" if row in wrong else "[green]✓[/]"
            credit = f", credit “{quoted(row['attribution'])}”" if row["attribution"] else ""
            said = ", ".join(row["obligations"])
            console.print(f"{mark} {row['package']} {row['version']}: {said}{credit}; {_state(row)}", soft_wrap=True)
    if wrong:
        raise typer.Exit(1)


def _ask_for(package: str, studio: Path | None, yes: bool) -> None:
    """Asks before a package is read from another machine. A file is read without a question."""
    from engine.market import SUFFIX
    from engine.studio import find_offer, hosts_of

    if not package.endswith(SUFFIX):
        folder = studio_folder(studio)
        _ask(hosts_of(folder, [find_offer(folder, package).repository]), yes)


def _ask(hosts: list[str], yes: bool) -> None:
    """Asks before a connection is opened. Raises GateError without a terminal, Cancelled if the answer is no."""
    if hosts:
        require_answer(f"A connection to {', '.join(hosts)}", yes)
        confirm(f"Connect to {', '.join(hosts)}? Only requests for files are sent.", yes, "Nothing was requested.")


def _state(row: dict[str, Any]) -> str:
    if row["revoked"]:
        return f"revoked: {quoted(row['revoked'])}"
    changed = [f"{name} is {state}" for name, state in row["files"].items() if state != "unchanged"]
    if changed:
        return quoted(", ".join(changed))
    return f"{row['newest']} is newer" if row["newest"] not in ("", row["version"]) else "unchanged"


def _badges(measured: dict[str, Any] | None) -> str:
    """The badges of an installed package in a few words."""
    from engine.market import LookBadges

    if measured is None:
        return ""
    badges = LookBadges.model_validate(measured)
    words = ["HDR" if badges.proof.keeps_hdr else "no HDR", "monotone" if badges.proof.monotone else "not monotone"]
    if found := badges.measure:
        words += ["finite" if found.finite else "not finite", f"{found.milliseconds:.0f} ms"]
    return ", ".join(words)


def _show_ages(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json({"repositories": rows})
        return
    for row in rows:
        state = "[red]expired[/]" if row["expired"] else f"valid until {row['expires'][:10]}"
        human_console().print(
            f"[grey62]{quoted(row['repository'])}: news of {row['refreshed'][:10]}, {state}[/]", soft_wrap=True
        )


VERBS: tuple[Callable[..., Any], ...] = (
    *(trust, refresh, search, show, try_, install, list_, remove, audit),
    *market_lock.VERBS,
    *market_publish.VERBS,
)

market = new_app(
    "market",
    help="Install signed packages of looks, titles, sound chains and recipes, and make your own.",
    cls=group_of(*(listed_function(function) for function in VERBS)),
    invoke_without_command=True,
)


@market.callback()
def _default(context: typer.Context, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Install signed packages of looks, titles, sound chains and recipes, and make your own."""
    if context.invoked_subcommand is None:
        list_(studio, as_json)
