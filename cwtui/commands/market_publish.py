"""Commands for authors of packages and for owners of repositories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cwtui.commands._output import JsonOption, human_console, quoted, show_json

KeysOption = Annotated[
    Path | None, typer.Option("--keys", help="The folder with the private keys (default: in your settings).")
]
RepositoryArgument = Annotated[Path, typer.Argument(metavar="REPOSITORY", help="The folder of a repository.")]


def pack(
    folder: Annotated[Path, typer.Argument(help="A folder with package.toml and the files of the package.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file (default: NAME-VERSION.cwpkg).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a package of a folder. The same files make the same bytes."""
    from tempfile import TemporaryDirectory

    from engine.errors import RequestError
    from engine.market import pack as make_package
    from engine.studio import require_market

    require_market()
    if not folder.is_dir():
        raise RequestError(f"{folder} is not a folder.", "Name the folder that contains package.toml.")
    with TemporaryDirectory() as scratch:
        package = make_package(folder, Path(scratch))
    path = output or Path(Path(package.manifest.target).name)
    if path.exists() and path.read_bytes() != package.archive:
        raise RequestError(f"{path} exists with another content.", "Raise the version, or name another file with -o.")
    path.write_bytes(package.archive)
    if as_json:
        show_json({"path": str(path), "sha256": package.digest, "files": sorted(package.files)})
    else:
        human_console().print(f"[green]✓[/] {quoted(path)}  {package.digest[:12]}", soft_wrap=True)


def keygen(
    author: Annotated[str, typer.Argument(help="Your name as an author: lower-case letters, digits, hyphens.")],
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the key with which an author signs packages, and its public part for owners of repositories."""
    from engine.market import keys_folder, load_key, new_key, write_public_key
    from engine.studio import require_market

    require_market()
    folder = keys or keys_folder()
    path = new_key(author, folder)
    public = path.with_suffix(".pub.json")
    key = load_key(author, folder).public_key
    write_public_key(key, public)
    if as_json:
        show_json({"private": str(path), "public": str(public), "keyid": key.keyid})
        return
    console = human_console()
    console.print(f"[green]✓[/] {quoted(path)} is private: keep a copy in a safe place.", soft_wrap=True)
    console.print(f"  {quoted(public)} is for the owner of a repository.", soft_wrap=True)


def create(repository: RepositoryArgument, keys: KeysOption = None, as_json: JsonOption = False) -> None:
    """Make a repository with three root keys, of which two must sign."""
    from engine.market import Repository, keys_folder
    from engine.studio import require_market

    require_market()
    folder = keys or keys_folder() / repository.name
    Repository(repository, folder).create()
    root = repository / "metadata" / "1.root.json"
    if as_json:
        show_json({"repository": str(repository), "keys": str(folder), "root": str(root)})
        return
    console = human_console()
    console.print(f"[green]✓[/] {quoted(repository)}; its keys are in {quoted(folder)}", soft_wrap=True)
    console.print("  Move root-2.pem and root-3.pem to two other places: any two root keys replace a lost one.")
    console.print(f"  Users trust {quoted(root)}: give it to them in a way that they trust.", soft_wrap=True)


def author(
    repository: RepositoryArgument,
    name: Annotated[str, typer.Argument(help="The author's name.")],
    public: Annotated[Path, typer.Argument(metavar="KEY", help="The author's public key: NAME.pub.json.")],
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let an author publish below the author's name, or replace the author's key."""
    from engine.market import Repository, keys_folder, read_public_key
    from engine.studio import require_market

    require_market()
    key = read_public_key(public)
    Repository(repository, keys or keys_folder() / repository.name).add_author(name, key)
    if as_json:
        show_json({"author": name, "keyid": key.keyid})
    else:
        human_console().print(f"[green]✓[/] {name} publishes with the key {key.keyid[:12]}", soft_wrap=True)


def publish(
    package: Annotated[Path, typer.Argument(metavar="FILE", help="A package: NAME-VERSION.cwpkg.")],
    repository: RepositoryArgument,
    author_keys: Annotated[
        Path | None, typer.Option("--author-keys", help="The folder with the author's key (default: your settings).")
    ] = None,
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a package, signed with its author's key."""
    from tempfile import TemporaryDirectory

    from engine.errors import RequestError
    from engine.market import Repository, keys_folder, open_package
    from engine.studio import require_market

    require_market()
    try:
        content = package.read_bytes()
    except OSError as error:
        raise RequestError(f"{package} cannot be read: {error.strerror}.", "Check the path.") from error
    with TemporaryDirectory() as scratch:
        opened = open_package(content, Path(scratch))
    owner = Repository(repository, keys or keys_folder() / repository.name)
    offer = owner.publish(opened, author_keys or keys_folder())
    if as_json:
        show_json(offer.model_dump(mode="json"))
    else:
        human_console().print(f"[green]✓[/] {offer.id} {offer.version} is published", soft_wrap=True)


def revoke(
    repository: RepositoryArgument,
    package: Annotated[str, typer.Argument(metavar="PACKAGE", help="A package with its version: ada/dusk@1.0.0.")],
    reason: Annotated[str, typer.Option("--reason", help="Why: users see it.")],
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a version: it is no longer installed. Projects that use it still open."""
    from engine.market import Repository, keys_folder
    from engine.studio import require_market

    require_market()
    name, _, version = package.partition("@")
    Repository(repository, keys or keys_folder() / repository.name).revoke(name, version, reason)
    if as_json:
        show_json({"package": name, "version": version, "revoked": reason})
    else:
        human_console().print(f"[green]✓[/] {quoted(package)} is revoked", soft_wrap=True)


def rotate(
    repository: RepositoryArgument,
    lost: Annotated[
        str, typer.Argument(metavar="KEY", help="The lost or stolen key: root-2, targets, snapshot or timestamp.")
    ],
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace a lost or stolen key of a repository by a new one, with two root keys."""
    from engine.market import Repository, keys_folder
    from engine.studio import require_market

    require_market()
    owner = Repository(repository, keys or keys_folder() / repository.name)
    is_root = lost.startswith("root")
    fresh = owner.replace_root_key(lost) if is_root else f"{lost} {owner.replace_role_key(lost)[:12]}"
    if as_json:
        show_json({"replaced": lost, "key": fresh})
    else:
        human_console().print(f"[green]✓[/] {quoted(lost)} is replaced by {fresh}", soft_wrap=True)


VERBS = (pack, keygen, create, author, publish, revoke, rotate)
