"""Baseline for `cwtui takes`: a Typer command that opens the same SQLite file and prints its rows."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def takes(catalog: Annotated[Path, typer.Argument(help="A studio's catalog.")]) -> None:
    """List the takes in a catalog."""
    with sqlite3.connect(catalog) as database:
        for row in database.execute("SELECT number, name, captured_at, input_transform FROM take ORDER BY number"):
            print(*row)


if __name__ == "__main__":
    app()
