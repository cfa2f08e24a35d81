"""Progress of a title that is rendered, on stderr if that is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cwtui.commands._output import error_console


@contextmanager
def frame_progress(frames: int) -> Iterator[Callable[[int], None]]:
    """A function that is called with the number of finished frames."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = error_console()
    columns = TextColumn("rendering"), BarColumn(bar_width=24), TimeRemainingColumn(compact=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=frames)
        yield lambda done: progress.update(task, completed=done)
