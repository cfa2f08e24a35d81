"""The proof of a deliverable as text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from cwtui.commands._tables import ACCENT
from cwtui.formatting import plural
from engine.studio import DeliveryProof, LinkState


def show_proofs(console: Console, proofs: Sequence[DeliveryProof]) -> None:
    """Prints the links of each delivery, then the first broken one or the number of those that are not proven."""
    marks = {LinkState.PROVEN: "[green]✓[/]", LinkState.BROKEN: "[red]✗[/]", LinkState.NOT_PROVEN: "[yellow]![/]"}
    for one in proofs:
        console.print(f"[{ACCENT}]{escape(one.take)}[/]  {escape(one.recipe)}")
        for link in one.links:
            line = f"  {marks[link.state]} {link.kind:<12}{escape(link.subject)}: {escape(link.detail)}"
            console.print(line, soft_wrap=True)
        if one.broken:
            text = f"The proof ends at the {one.broken.kind} of {escape(one.broken.subject)}."
            console.print(f"[red]✗[/] {text}", soft_wrap=True)
        elif missing := sum(link.state is LinkState.NOT_PROVEN for link in one.links):
            console.print(f"[yellow]![/] No link is broken; {plural(missing, 'link')} not proven.", soft_wrap=True)
        else:
            console.print("[green]✓[/] Every link is proven, from the seal of the footage to the files.")
