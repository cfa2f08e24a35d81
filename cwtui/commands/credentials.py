"""Commands for Content Credentials: make, show and import the key that signs deliverables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cwtui.commands._options import ReplaceOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.listed_command import new_app

if TYPE_CHECKING:
    from engine.credentials import Credential

credentials = new_app(
    "credentials", help="Make, show or import the key that signs your deliverables.", invoke_without_command=True
)


@credentials.callback()
def _default(context: typer.Context, as_json: JsonOption = False) -> None:
    """Make, show or import the key that signs your deliverables."""
    if context.invoked_subcommand is None:
        show(as_json)


@credentials.command()
def new(
    name: Annotated[str, typer.Option("--name", help="Your name, as viewers of your films know it.")],
    algorithm: Annotated[
        Literal["es256", "ed25519"], typer.Option("--algorithm", help="The algorithm of the key.")
    ] = "es256",
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key and a certificate for your name. The key stays on this machine.

    Nobody vouches for this certificate: it proves that the same key signed, not who holds it.
    """
    from engine.credentials import new_credential

    _show(new_credential(name, algorithm, replace=replace), as_json)


@credentials.command("import")
def import_(
    key: Annotated[Path, typer.Argument(help="The private key (PEM), without a password.")],
    chain: Annotated[Path, typer.Argument(help="The chain of certificates (PEM), that of the key first.")],
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a key and its certificates from files, after a trial signature."""
    from engine.credentials import import_credential

    _show(import_credential(key, chain, replace=replace), as_json)


@credentials.command()
def show(as_json: JsonOption = False) -> None:
    """Show the key that signs your deliverables: its name, certificate and file."""
    from engine.credentials import load_credential

    _show(load_credential(), as_json)


def _show(credential: Credential, as_json: bool) -> None:
    facts = credential.certificate
    if as_json:
        show_json(
            {
                "name": facts.name,
                "algorithm": credential.algorithm,
                "certificate_sha256": facts.sha256,
                "valid_from": facts.valid_from.isoformat(),
                "valid_until": facts.valid_until.isoformat(),
                "path": str(credential.path),
            }
        )
        return
    console = human_console()
    console.print(f"[green]✓[/] {quoted(facts.name)}  {credential.algorithm}")
    console.print(f"  certificate  SHA-256 {facts.sha256}", soft_wrap=True)
    left = (facts.valid_until - datetime.now(UTC)).days
    console.print(f"  valid until  {facts.valid_until:%d %B %Y}" + (f" [yellow]({left} days)[/]" if left < 60 else ""))
    console.print(f"  key          {quoted(credential.path)}", soft_wrap=True)
    console.print("  Keep a copy in a safe place. Sign with cwtui deliver --sign.")
