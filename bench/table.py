"""Baseline for the console: a DataTable with the given number of rows, as wide as the console's."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable

_COLUMNS = ("take", "star", "verdict", "length", "picture", "loudness", "shape", "words")
_REST = ("·", "", "00:00:03:15", "720p HLG 30", "−24.6 LUFS", "▁▁▂█▄▇▆▅█▆▅█▆▁▁", "“Right, so this is the water in the…")


class Table(App[None]):
    """An app with only a table."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns(*_COLUMNS)
        table.add_rows((f"{number:03d} ", *_REST) for number in range(1, self._rows + 1))


if __name__ == "__main__":
    Table(int(sys.argv[1])).run()
